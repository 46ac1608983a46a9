"""Curves over turns, worked out by hand."""

from __future__ import annotations

import dataclasses
import math

import pytest

from kerneldojo.metrics import Curve, Resampling, curves
from kerneldojo.records import (
    End,
    Ending,
    Evaluation,
    Problem,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)
from tests.cli import samples

WRONG, NO_CODE, FAULT = "wrong", "no code", "fault"
Step = float | str


def verdict(step: Step) -> Evaluation | None:
    if isinstance(step, str):
        return None if step == NO_CODE else samples.wrong() if step == WRONG else samples.failed()
    found = samples.correct()
    assert found.timing is not None
    return found.model_copy(update={"timing": found.timing.model_copy(update={"speedup": step})})


def reward(step: Step) -> float | None:
    if isinstance(step, str):
        return None if step == FAULT else 0.0
    return 1.0 + step


def trajectory(name: str, *steps: Step, won: Step | None = None, ended: bool = True) -> Trajectory:
    record = TrajectoryRecord(id=name, problem=name[0], problem_digest="d", question=())
    turns = [
        Turn(
            TurnRecord(
                trajectory=name,
                number=number,
                place=f"turn {number}",
                reply="",
                feedback="",
                reward=reward(step),
            ),
            None,
            verdict(step),
        )
        for number, step in enumerate(steps)
    ]
    ending = Ending(trajectory=name, end=End.TURNS) if ended else None
    judged = verdict(won) if won is not None else None
    return Trajectory(record, Problem(name=name[0], source="x\n"), turns, ending, judged)


def named(found: list[Curve], name: str) -> Curve:
    [one] = [each for each in found if each.name == name]
    return one


def values(estimates: tuple[object, ...]) -> list[float | None]:
    return [estimate.value for estimate in estimates]  # type: ignore[attr-defined]


FOUND = curves(
    [
        trajectory("a1", WRONG, 1.5, NO_CODE, 1.1),
        trajectory("a2", 2.0, WRONG),
        trajectory("b1", FAULT, 1.1, FAULT, 4.0),
    ]
)


def test_last_answers() -> None:
    # a: mean of two trajectories, the second of which ended wrong; b begins with a fault of ours
    assert values(named(FOUND, "correct").last) == [0.5, 0.75, 0.5, 0.75]
    assert values(named(FOUND, "fast@1.2").last) == [0.5, 0.25, 0.0, 0.5]
    assert values(named(FOUND, "reward").last) == pytest.approx(
        [1.5, (1.25 + 2.1) / 2, (0 + 2.1) / 2, (1.05 + 5.0) / 2]
    )


def test_the_best_of_the_history_never_falls() -> None:
    assert values(named(FOUND, "correct").best) == [0.5, 1.0, 1.0, 1.0]
    assert values(named(FOUND, "fast@1.2").best) == [0.5, 0.5, 0.5, 1.0]
    assert values(named(FOUND, "reward").best) == pytest.approx(
        [1.5, (2.75 + 2.1) / 2, (2.75 + 2.1) / 2, (2.75 + 5.0) / 2]
    )


def test_speedups_are_geometric_means_over_what_is_correct() -> None:
    speedup = named(FOUND, "speedup")
    assert values(speedup.last) == pytest.approx([2.0, math.sqrt(1.5 * 1.1), 1.1, math.sqrt(4.4)])
    assert values(speedup.best) == pytest.approx(
        [2.0, *[math.sqrt(math.sqrt(3.0) * 1.1)] * 2, math.sqrt(math.sqrt(3.0) * 4.0)]
    )
    assert [estimate.problems for estimate in speedup.last] == [1, 2, 1, 2]


def test_winners_stand_as_they_were_judged_anew() -> None:
    found = curves(
        [
            trajectory("a", 2.0, won=1.5),
            trajectory("b", 1.3, won=0.9),
            trajectory("c", 1.4),
            trajectory("d", 1.4, ended=False),
        ]
    )
    assert named(found, "correct").verified.value == pytest.approx(2 / 3)  # type: ignore[union-attr]
    assert named(found, "fast@1").verified.value == pytest.approx(1 / 3)  # type: ignore[union-attr]
    speedup = named(found, "speedup").verified
    assert speedup is not None and speedup.value == pytest.approx(math.sqrt(1.35))
    assert named(found, "reward").verified is None
    assert named(FOUND, "correct").verified is None


def test_without_times_there_are_no_figures_of_times() -> None:
    assert [each.name for each in curves([trajectory("a", WRONG, NO_CODE)])] == [
        "correct",
        "reward",
    ]


def test_without_turns_there_are_no_curves() -> None:
    assert curves([]) == []
    assert curves([trajectory("a")]) == []


def test_intervals_are_over_problems() -> None:
    many = [trajectory(name, 1.5 if name < "f" else WRONG) for name in "abcdefghij"]
    [correct, *_] = curves(many)
    assert correct.last[0].method == "bootstrap"
    assert correct.last[0].problems == 10
    bare = curves(many, resampling=None)
    assert bare[0].last[0].low is None
    again = curves(many, resampling=Resampling(seed=0))
    assert again == curves(many)


def test_winners_that_a_fault_of_ours_kept_from_being_judged_are_left_out() -> None:
    standing = trajectory("b", 3.0)
    standing = dataclasses.replace(standing, ending=Ending(trajectory="b", end=End.TURNS, winner=0))
    lost = trajectory("c", FAULT, FAULT)
    found = named(curves([trajectory("a", 2.0, won=1.5), standing, lost]), "correct").verified
    assert found is not None
    assert (found.value, found.problems) == (1.0, 1)
