"""Figures of trajectories, computed by hand."""

from __future__ import annotations

from kerneldojo.metrics.trajectories import summarise_trajectories
from kerneldojo.records import (
    End,
    Ending,
    Evaluation,
    Problem,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
    Usage,
)
from tests.cli import samples

Came = tuple[Evaluation | None, float | None]
"""What a turn came to, and its reward."""


def correct(speedup: float) -> Evaluation:
    sample = samples.correct()
    assert sample.timing is not None
    return sample.model_copy(
        update={"timing": sample.timing.model_copy(update={"speedup": speedup})}
    )


def trajectory(name: str, *came: Came, end: End | None = End.TURNS) -> Trajectory:
    problem = Problem(name=name, source="pass\n")
    record = TrajectoryRecord(id=name, problem=name, problem_digest=problem.digest, question=())
    turns = [
        Turn(
            TurnRecord(
                trajectory=name,
                number=number,
                place=str(number),
                reply="",
                feedback="",
                reward=reward,
                usage=Usage(completion_tokens=10),
            ),
            None,
            evaluation,
        )
        for number, (evaluation, reward) in enumerate(came)
    ]
    return Trajectory(record, problem, turns, Ending(trajectory=name, end=end) if end else None)


FAST, SLOW, WRONG = (correct(2.0), 4.0), (correct(0.5), 2.0), (samples.wrong(), 0.0)


def test_shares_are_means_over_problems() -> None:
    summary = summarise_trajectories(
        [
            trajectory("a", WRONG, FAST, SLOW),
            trajectory("a", WRONG, WRONG, WRONG),
            trajectory("b", FAST, end=End.GOAL),
        ]
    )
    assert (summary.trajectories, summary.finished, summary.turns) == (3, 3, 7)
    assert summary.ends == {End.TURNS: 2, End.GOAL: 1}
    assert summary.statuses == {"WRONG_VALUE": 4, "CORRECT": 3}
    assert summary.usage.tokens == 70
    first, second, third = summary.by_turn
    assert [each.turns for each in summary.by_turn] == [3, 2, 2]
    assert (first.reward, first.correct) == (2.0, 0.5)
    assert second.reward == 2.0, "of the trajectories that have a second turn"
    assert second.correct == 0.75, "a trajectory that has ended stands with what it had"
    assert (third.fast_1_last, third.fast_1_best) == (0.5, 0.75)


def test_replies_without_a_solution_count_as_failures() -> None:
    [first] = summarise_trajectories([trajectory("a", (None, 0.0)), trajectory("a", FAST)]).by_turn
    assert (first.correct, first.fast_1_best) == (0.5, 0.5)


def test_a_fault_of_ours_says_nothing() -> None:
    failed = (samples.failed(), None)
    summary = summarise_trajectories(
        [trajectory("a", failed, FAST, end=None), trajectory("b", failed)]
    )
    assert summary.finished == 1
    first, second = summary.by_turn
    assert (first.reward, first.correct, first.fast_1_last) == (None, None, None)
    assert (second.reward, second.correct) == (4.0, 1.0)


def test_no_trajectories() -> None:
    summary = summarise_trajectories([])
    assert (summary.trajectories, summary.by_turn) == (0, ())
