"""The reward of one evaluation; `kerneldojo.rl.rewards` has the same for tensors."""

from __future__ import annotations

from kerneldojo.records import Evaluation, Status
from kerneldojo.settings import RewardPlan

DEFAULT = RewardPlan()


def reward(evaluation: Evaluation, plan: RewardPlan = DEFAULT) -> float | None:
    """Return what an evaluation is worth (arXiv 2602.05885, eq. 1 and 8).

    A solution that is wrong or dishonest is worth 0. One that is correct but was not timed, or
    not profiled, lacks that term.

    Args:
        evaluation: the verdict.
        plan: weights and clip.

    Returns:
        The reward; None if the evaluation says nothing about the solution, so that a fault of
        ours is left out instead of counting as 0.
    """
    if not evaluation.status.judged:
        return None
    if evaluation.status is not Status.CORRECT:
        return 0.0
    total = plan.correctness
    if evaluation.timing is not None:
        timing = evaluation.timing
        speedup = timing.speedup_low if plan.lower_bound else timing.speedup
        total += plan.speedup * min(speedup, plan.speedup_clip)
    if evaluation.profile is not None and evaluation.profile.coverage is not None:
        total += plan.coverage * evaluation.profile.coverage
    return total
