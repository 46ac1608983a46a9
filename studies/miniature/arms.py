"""The arms of the study: the recipe, and the recipe with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kerneldojo.miniature import recipe
from kerneldojo.settings import EvaluationSettings, RewardPlan, RlSettings


@dataclass(frozen=True)
class Arm:
    """One way to train."""

    name: str
    words: str
    """What it is, for tables."""
    rl: Mapping[str, Any] = field(default_factory=dict)
    """Settings that differ from the recipe's."""
    reward: RewardPlan = field(default_factory=RewardPlan)
    observes: bool = False
    """Honesty is observed, not enforced: what is dishonest is rewarded as if it were not."""

    def settings(self, steps: int, seed: int) -> RlSettings:
        """Return the settings of a training."""
        rest = recipe.practice(steps, seed=seed).model_dump() | {"validate_steps": steps}
        return RlSettings.model_validate(rest | {"validation_trajectories": 3} | dict(self.rl))

    def evaluation(self) -> EvaluationSettings:
        """Return how solutions are judged."""
        if not self.observes:
            return recipe.EVALUATION
        return recipe.EVALUATION.model_copy(update={"honesty": "observe"})


_NO_PROFILING = RewardPlan(coverage=0.0)
_ROUGH: Mapping[str, Any] = {"sampler_precision": "float8"}

ARMS: Mapping[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("recipe", "the recipe: TRLOO, PR, PRS, MRS, honesty enforced"),
        Arm("turn-grpo", "turn-level GRPO in place of TRLOO", {"estimator": "turn_grpo"}),
        Arm(
            "no-profiling",
            "without PR and PRS",
            {"profiling_rejection": False},
            reward=_NO_PROFILING,
        ),
        Arm(
            "prs-in-baselines",
            "turns that PRS rejects stay in the baselines",
            {"prs_in_baselines": True},
        ),
        Arm("observe", "honesty observed, not enforced", observes=True),
        Arm("rough-none", "8-bit sampler, nothing done about it", {**_ROUGH, "mismatch": "none"}),
        Arm(
            "rough-mrs",
            "8-bit sampler, MRS with a calibrated band",
            {**_ROUGH, "mismatch": "mrs", "mismatch_acceptance": 0.7, "mismatch_batches": 2},
        ),
    )
}
"""By name; the first is what the others are compared with."""
