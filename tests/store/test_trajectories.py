"""Trajectories are put together from lines in any order, and what is missing is told."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.records import (
    End,
    Ending,
    Message,
    Record,
    Tokens,
    Trajectory,
    TrajectoryRecord,
    TurnRecord,
)
from kerneldojo.store import Run
from tests.store.conftest import CONFIG, RIGHT, SOFTMAX, SWISH, verdict

QUESTION = (Message(role="user", content="Write it faster."),)


def beginning(id: str = "a", **fields: Any) -> TrajectoryRecord:
    given = {"problem": SOFTMAX.name, "problem_digest": SOFTMAX.digest, "question": QUESTION}
    return TrajectoryRecord(id=id, **(given | fields))


def said(number: int, trajectory: str = "a", **fields: Any) -> TurnRecord:
    given = {"place": f"turn {number + 1}", "reply": "code", "feedback": "so and so"}
    return TurnRecord(trajectory=trajectory, number=number, **(given | fields))


def written(path: Path, *records: Record) -> Run:
    with Run.create(path, "collect", CONFIG) as run:
        for record in records:
            run.add(record)  # type: ignore[arg-type]
    return Run.open(path)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    evaluation = verdict(SOFTMAX, RIGHT)
    yield written(
        tmp_path / "run",
        SOFTMAX,
        RIGHT,
        evaluation,
        beginning("a"),
        beginning("b", sample=1),
        said(1, solution_digest=RIGHT.digest, evaluation_id=evaluation.id, reward=2.3),
        said(0, "b"),
        said(0, tokens=Tokens(prompt=(1, 2), sampled=(3,), logprobs=(-0.5,))),
        Ending(trajectory="a", end=End.TURNS, winner=1, verification=evaluation.id),
    )


def test_turns_stand_in_order_with_what_they_refer_to(run: Run) -> None:
    first, second = run.trajectories()
    assert run.bad_lines == []
    assert [turn.number for turn in first.turns] == [0, 1]
    assert first.problem == SOFTMAX
    assert first.turns[0].record.tokens == Tokens(prompt=(1, 2), sampled=(3,), logprobs=(-0.5,))
    assert first.turns[1].solution == RIGHT
    assert first.turns[1].speedup == first.best.speedup == 2.312  # type: ignore[union-attr]
    assert first.ending is not None and first.verification == first.turns[1].evaluation
    assert (second.record.sample, len(second.turns), second.ending) == (1, 1, None)


def test_one_at_a_time_is_the_same(run: Run) -> None:
    assert list(run.iter_trajectories()) == run.trajectories()


def test_the_last_of_several_lines_counts(tmp_path: Path) -> None:
    run = written(
        tmp_path / "run",
        SOFTMAX,
        beginning(),
        said(0, reply="first"),
        said(0, reply="second"),
        Ending(trajectory="a", end=End.BUDGET),
        Ending(trajectory="a", end=End.TURNS),
    )
    with (run.path / "trajectories.jsonl").open("a") as file:
        file.write(beginning().model_dump_json() + "\n")
    [found] = run.trajectories()
    assert [turn.record.reply for turn in found.turns] == ["second"]
    assert found.ending is not None and found.ending.end is End.TURNS


def test_what_refers_to_nothing_is_told_with_its_line(tmp_path: Path) -> None:
    run = written(
        tmp_path / "run",
        SOFTMAX,
        beginning("a"),
        beginning("lost", problem_digest=SWISH.digest),
        said(0, "nobody"),
        said(0, solution_digest="5017", evaluation_id="e7a1"),
        said(0, "lost"),
        Ending(trajectory="nobody", end=End.TURNS),
        Ending(trajectory="a", end=End.TURNS, verification="e7a2"),
    )
    [found] = run.trajectories()
    assert (found.turns[0].solution, found.turns[0].evaluation) == (None, None)
    assert found.verification is None
    told = {(line.file.name, line.line, line.reason) for line in run.bad_lines}
    assert told == {
        ("trajectories.jsonl", 2, f"no problem has the digest {SWISH.digest}"),
        ("turns.jsonl", 1, "no trajectory has the id nobody"),
        ("turns.jsonl", 2, "no solution has the digest 5017"),
        ("turns.jsonl", 2, "no evaluation has the id e7a1"),
        ("turns.jsonl", 3, "no trajectory has the id lost"),
        ("endings.jsonl", 1, "no trajectory has the id nobody"),
        ("endings.jsonl", 2, "no evaluation has the id e7a2"),
    }
    run.trajectories()
    assert len(run.bad_lines) == 7, "each reading tells anew"


def test_damaged_and_torn_lines_cost_themselves_only(run: Run) -> None:
    path = run.path / "turns.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    wrong = json.loads(lines[1]) | {"number": 1, "reply": 5}
    path.write_text("".join([*lines, "junk\n", json.dumps(wrong) + "\n", lines[0][:40]]))
    first, second = run.trajectories()
    assert ([t.number for t in first.turns], [t.number for t in second.turns]) == ([0, 1], [0])
    assert [line.line for line in run.bad_lines] == [4, 5]


def test_fields_in_another_order_are_read_as_well(run: Run) -> None:
    path = run.path / "turns.jsonl"
    before = run.trajectories()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(dict(reversed(line.items()))) + "\n" for line in lines))
    assert run.trajectories() == before


def test_a_run_without_trajectories_has_none(filled: Path) -> None:
    assert Run.open(filled).trajectories() == []


def test_one_at_a_time_needs_the_memory_of_one(tmp_path: Path) -> None:
    size, count = 100_000, 60
    run = written(
        tmp_path / "run",
        SOFTMAX,
        *(beginning(str(number)) for number in range(count)),
        *(said(0, str(number), reply="x" * size) for number in range(count)),
    )

    def length(trajectory: Trajectory) -> int:
        return len(trajectory.turns[0].record.reply)

    tracemalloc.start()
    try:
        assert sum(map(length, run.iter_trajectories())) == size * count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * size
