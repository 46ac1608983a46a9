from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from kerneldojo.records import Status
from kerneldojo.reporting.content import Content
from kerneldojo.reporting.embed import Embedded, embed
from kerneldojo.reporting.gather import gather
from kerneldojo.reporting.reading import Environments, Reading, read
from kerneldojo.store import Run
from tests.reporting.test_packs import opened


@pytest.fixture(scope="module")
def environments() -> Environments:
    return Environments()


@pytest.fixture(scope="module")
def readings(runs: list[Run], environments: Environments) -> list[Reading]:
    return read(runs, environments)


@pytest.fixture(scope="module")
def content(readings: list[Reading]) -> Content:
    return gather(readings)


def made(readings: Sequence[Reading], content: Content, room: int) -> tuple[Embedded, Any]:
    data = embed(readings, content, ["here"], room)
    return data, opened(data.index)


def test_with_room_for_all_nothing_is_left_out(readings: list[Reading], content: Content) -> None:
    data, index = made(readings, content, 10_000_000)
    assert data.cards == data.evaluations == 54
    assert data.sources == data.solutions
    assert min(index["cards"]) >= 0
    assert min(index["sources"]) >= 0
    for row, number in enumerate(index["evaluation"]):
        reading = readings[index["run"][row]]
        name = index["ids"][number]
        card: Any = opened(data.packs[index["cards"][number]])[str(number)]
        assert card["language"] == "triton"
        status = index["statuses"][index["status"][row]]
        assert ("timing" in card) == (status == "CORRECT")
        source = index["source"][number]
        text = opened(data.packs[index["sources"][source]])[str(source)]
        assert text == reading.solutions[reading.evaluations[name].solution_digest].source


def test_the_index_has_every_outcome(readings: list[Reading], content: Content) -> None:
    _, index = made(readings, content, 0)
    outcomes = [row for reading in readings for row in reading.outcomes]
    assert len(index["problem"]) == len(outcomes)
    for number, row in enumerate(outcomes):
        assert index["problems"][index["problem"][number]][0] == row.problem
        assert index["statuses"][index["status"][number]] == row.status
        assert index["origin"][number] == row.origin
        if row.speedup is None:
            assert index["speedup"][number] is None
        else:
            assert index["speedup"][number] == pytest.approx(row.speedup, rel=0.01)


def test_the_fastest_of_every_problem_find_room_first(
    readings: list[Reading], content: Content
) -> None:
    room = next(
        room for room in range(4_000, 100_000, 500) if made(readings, content, room)[0].cards >= 14
    )
    data, index = made(readings, content, room)
    assert data.cards < data.evaluations
    kept = {index["ids"][n] for n, place in enumerate(index["cards"]) if place >= 0}
    best = [cell.best for problem in content.problems for cell in problem.cells if cell.best]
    assert {row.evaluation for row in best[:7]} & kept
    assert all(
        row.status is Status.CORRECT
        for reading in readings
        for row in reading.outcomes
        if row.evaluation in list(index["ids"])[: len(best)]
    )
    assert set(index["ids"][: len(best)]) == {row.evaluation for row in best}


@pytest.mark.parametrize("room", [6_000, 12_000, 20_000, 40_000])
def test_the_room_is_not_exceeded(readings: list[Reading], content: Content, room: int) -> None:
    data, _ = made(readings, content, room)
    assert len(data.index) + sum(map(len, data.packs)) <= room


def test_runs_that_share_evaluations_share_cards(readings: list[Reading]) -> None:
    twice = [readings[0], readings[0]]
    data, index = made(twice, gather(twice), 10_000_000)
    assert data.evaluations == 27
    assert len(index["evaluation"]) == 54
    assert index["run"].count(1) == 27
