"""Rewards by hand, and equal to those of single evaluations."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.records import Evaluation, Problem, Trajectory, TrajectoryRecord, Turn, TurnRecord
from kerneldojo.rewards import reward
from kerneldojo.rl import PAPER, RELEASED, Verdicts, implausible, profiling_reward, trloo
from kerneldojo.settings import RewardPlan
from tests.cli import samples

NAN = torch.nan
CORRECT = torch.tensor([[True, True, False], [True, True, True]])
SPEEDUP = torch.tensor([[0.5, 2.0, 9.0], [7.0, 3.0, NAN]])
COVERAGE = torch.tensor([[1.0, 0.25, 1.0], [0.5, NAN, 0.75]])


def close(found: Tensor, expected: list[list[float]]) -> None:
    torch.testing.assert_close(found, torch.tensor(expected), equal_nan=True)


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        # 1 + ½ + 1, 1 + 2 + ¼, wrong; 1 + 3 (clipped) + ½, not profiled, not timed.
        (PAPER, [[2.5, 3.25, 0], [4.5, 4, 1.75]]),
        (RELEASED, [[1.25, 1.625, 0], [2.25, 2, 0.875]]),
        (RewardPlan(coverage=0), [[1.5, 3, 0], [4, 4, 1]]),
        (RewardPlan(speedup_clip=2, correctness=0.25), [[1.75, 2.5, 0], [2.75, 2.25, 1]]),
    ],
)
def test_by_hand(plan: RewardPlan, expected: list[list[float]]) -> None:
    close(profiling_reward(CORRECT, SPEEDUP, COVERAGE, plan=plan), expected)


def test_a_hack_earns_nothing_and_a_fault_of_ours_is_not_zero() -> None:
    hacked = torch.tensor([[False, True, True], [False, False, False]])
    valid = torch.tensor([[True, True, True], [False, True, True]])
    found = profiling_reward(CORRECT, SPEEDUP, COVERAGE, hacked=hacked, valid=valid)
    close(found, [[2.5, 0, 0], [NAN, 4, 1.75]])
    # An estimator that is given the mask never sees the NaN.
    assert trloo(found, valid, torch.tensor([0, 0])).advantages_BT.isfinite().all()


def test_the_lower_bound() -> None:
    low = SPEEDUP - 0.25
    found = profiling_reward(
        CORRECT, SPEEDUP, COVERAGE, speedup_low=low, plan=RewardPlan(lower_bound=True)
    )
    close(found, [[2.25, 3.0, 0], [4.5, 3.75, 1.75]])
    with pytest.raises(UsageError, match="pass speedup_low"):
        profiling_reward(CORRECT, SPEEDUP, COVERAGE, plan=RewardPlan(lower_bound=True))


@pytest.mark.parametrize(
    ("speedup", "coverage", "says"),
    [
        (SPEEDUP.masked_fill(SPEEDUP == 2, torch.inf), COVERAGE, "speedup is inf"),
        (-SPEEDUP, COVERAGE, "speedup is -0.5 for a correct turn; .* at least 0"),
        (SPEEDUP, COVERAGE * 2, r"coverage is 2.0 .* in \[0, 1\]"),
        (SPEEDUP[:1], COVERAGE, r"speedup has the shape \(1, 3\)"),
        (SPEEDUP.long(), COVERAGE, "floating-point"),
    ],
)
def test_impossible_figures_are_refused(speedup: Tensor, coverage: Tensor, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        profiling_reward(CORRECT, speedup, coverage)


def test_figures_of_wrong_turns_do_not_matter() -> None:
    strange = SPEEDUP.masked_fill(~CORRECT, -torch.inf)
    close(profiling_reward(CORRECT, strange, COVERAGE), [[2.5, 3.25, 0], [4.5, 4, 1.75]])


def test_masks_must_be_masks() -> None:
    with pytest.raises(UsageError, match="correct is of type"):
        profiling_reward(CORRECT.float(), SPEEDUP, COVERAGE)
    with pytest.raises(UsageError, match="hacked has the shape"):
        profiling_reward(CORRECT, SPEEDUP, COVERAGE, hacked=CORRECT[0])


def test_types_and_shapes_are_kept() -> None:
    single = profiling_reward(CORRECT[0], SPEEDUP[0].double(), COVERAGE[0])
    assert single.dtype == torch.float64 and single.shape == (3,)
    nothing = torch.zeros(0, 3)
    assert profiling_reward(nothing.bool(), nothing, nothing).shape == (0, 3)


def test_implausible_speedups_are_to_be_measured_again() -> None:
    assert implausible(SPEEDUP).tolist() == [[False, False, True], [True, False, False]]
    assert implausible(SPEEDUP, threshold=8.0).sum() == 1


# Trajectories of judged turns.


def turn(number: int, evaluation: Evaluation | None, worth: float | None = 0.0) -> Turn:
    record = TurnRecord(
        trajectory="t", number=number, place=str(number), reply="", feedback="", reward=worth
    )
    return Turn(record, evaluation=evaluation)


def trajectory(problem: str, *evaluations: Evaluation | None) -> Trajectory:
    """Return a trajectory; None stands for a reply without a solution."""
    asked = Problem(name=problem, source=problem)
    record = TrajectoryRecord(id=problem, problem=problem, problem_digest=asked.digest, question=())
    turns = [
        turn(number, evaluation, reward(evaluation) if evaluation else 0.0)
        for number, evaluation in enumerate(evaluations)
    ]
    return Trajectory(record, asked, turns)


TRAJECTORIES = [
    trajectory("a", samples.wrong(), samples.failed(), samples.correct()),
    trajectory("b", samples.interpreted(), None),
    trajectory("a", samples.hacked(), samples.disturbed(), samples.crashed()),
    trajectory("c"),
]


def test_verdicts_of_trajectories() -> None:
    found = Verdicts.of(TRAJECTORIES)
    yes, no = True, False
    rows = [[no, no, yes], [yes, no, no], [no, yes, no], [no, no, no]]
    assert found.correct_BT.tolist() == rows
    assert found.valid_BT.tolist() == [[yes, no, yes], [yes, yes, no], [yes, yes, yes], [no] * 3]
    assert found.lost_BT.tolist() == [[no, yes, no], [no] * 3, [no] * 3, [no] * 3]
    assert found.groups_B.tolist() == [0, 1, 0, 2]
    close(found.speedup_BT, [[NAN, NAN, 2.312], [NAN] * 3, [NAN, 2.312, NAN], [NAN] * 3])
    close(found.speedup_low_BT, [[NAN, NAN, 2.25], [NAN] * 3, [NAN, 2.25, NAN], [NAN] * 3])
    close(found.coverage_BT, [[NAN, NAN, 0.973], [NAN] * 3, [NAN] * 3, [NAN] * 3])


@pytest.mark.parametrize("plan", [PAPER, RELEASED, RewardPlan(lower_bound=True, speedup_clip=2.28)])
def test_equal_to_the_reward_of_each_evaluation(plan: RewardPlan) -> None:
    found = Verdicts.of(TRAJECTORIES, dtype=torch.float64).rewards(plan)
    for row, played in enumerate(TRAJECTORIES):
        for column, one in enumerate(played.turns):
            expected = reward(one.evaluation, plan) if one.evaluation else 0.0
            if expected is None:
                assert found[row, column].isnan()
            else:
                assert found[row, column].item() == pytest.approx(expected)


def test_no_trajectories() -> None:
    found = Verdicts.of([])
    assert found.rewards().shape == (0, 0) and found.groups_B.shape == (0,)
