"""What each turn of a step is worth learning: rewards, PRS and advantages, per turn and token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from kerneldojo.records import Trajectory
from kerneldojo.rl import (
    Advantages,
    ProfilingRejection,
    RejectionRule,
    Verdicts,
    broadcast,
    estimator,
    otb,
    profiling_rejection,
    relapses,
)
from kerneldojo.settings import RewardPlan, RlSettings
from kerneldojo.training.reinforcement.rows import Rows


@dataclass(frozen=True)
class Turns:
    """The verdicts of B trajectories with up to T turns, and what they earned."""

    verdicts: Verdicts
    rewards_BT: Tensor
    """NaN where not valid."""

    @classmethod
    def of(cls, trajectories: Sequence[Trajectory], turns: int, plan: RewardPlan) -> Turns:
        """Read the verdicts.

        A trajectory without an end was cut off by us: its next turn is lost, and with it what the
        turns before would have earned by it.

        Args:
            trajectories: of one step.
            turns: T, most turns of a trajectory.
            plan: what a verdict is worth.
        """
        verdicts = Verdicts.of(trajectories, turns=turns)
        for row, trajectory in enumerate(trajectories):
            if trajectory.ending is None and len(trajectory.turns) < turns:
                verdicts.lost_BT[row, len(trajectory.turns)] = True
        return cls(verdicts, verdicts.rewards(plan))


@dataclass(frozen=True)
class Credit:
    """What an optimizer is told of each turn."""

    advantages: Advantages
    rejection: ProfilingRejection | None
    in_loss_BT: Tensor

    @property
    def rejected_BT(self) -> Tensor:
        """Turns that PRS has left out."""
        if self.rejection is None:
            return torch.zeros_like(self.in_loss_BT)
        return self.rejection.rejected_BT

    def of_tokens(self, rows: Rows) -> tuple[Tensor, Tensor]:
        """Return each token's advantage, and whether it is in the loss; both (R, L)."""
        owner_R = rows.trajectory_R
        return (
            broadcast(self.advantages.advantages_BT[owner_R], rows.turn_RL),
            broadcast(self.in_loss_BT[owner_R], rows.turn_RL),
        )


def credit(
    turns: Turns,
    settings: RlSettings,
    generator: torch.Generator,
    energy_BT: Tensor | None = None,
) -> Credit:
    """Compare turns with one another, and leave lazy successes out.

    Args:
        turns: of all trajectories of a step, each prompt's together.
        settings: which estimator and which rejections.
        generator: of the chance in PRS.
        energy_BT: accumulated energy of each turn; needed by `otb` only.

    Raises:
        UsageError: if a reward that counts is not finite.
    """
    verdicts = turns.verdicts
    counted_BT = verdicts.valid_BT
    if settings.relapses == "drop":
        counted_BT = counted_BT & ~relapses(turns.rewards_BT, counted_BT)
    rejection = None
    if settings.profiling_rejection:
        rejection = profiling_rejection(
            verdicts.coverage_BT,
            verdicts.correct_BT,
            counted_BT,
            generator=generator,
            speedup_BT=verdicts.speedup_BT,
            rule=RejectionRule(
                settings.prs_threshold,
                settings.prs_width,
                settings.prs_speedup,
                settings.unprofiled,
                settings.prs_in_baselines,
            ),
        )
    among_BT = counted_BT if rejection is None else rejection.baseline_BT
    compare = estimator(settings.estimator)
    if settings.estimator == "otb":
        compare = partial(otb, energy_BT=energy_BT)
    found = compare(
        turns.rewards_BT,
        among_BT,
        verdicts.groups_B,
        gamma=settings.discount,
        single="return" if settings.alone == "keep" else "drop",
        lost_BT=verdicts.lost_BT,
    )
    in_loss_BT = found.mask_BT if rejection is None else found.mask_BT & rejection.loss_BT
    return Credit(found, rejection, in_loss_BT)


def energy_of_turns(proxy_RL: Tensor, rows: Rows, trajectories: int, turns: int) -> Tensor:
    """Return the energy accumulated by the end of each turn, over all rows of a trajectory; (B, T).

    Source: arXiv 2602.07078.

    Args:
        proxy_RL: see `logit_gradient_proxy`.
        rows: where the tokens stand.
        trajectories: B.
        turns: T.
    """
    drawn_RL = rows.drawn_RL
    place_RL = rows.trajectory_R[:, None] * turns + rows.turn_RL.clamp(min=0)
    sums = torch.zeros(trajectories * turns, dtype=torch.float64)
    sums.index_add_(0, place_RL[drawn_RL], proxy_RL.double()[drawn_RL])
    return sums.reshape(trajectories, turns).cumsum(dim=1)
