"""GRPO: a trajectory's return, standardised within its group."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.groups import standardised
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns

EPSILON = 1e-4
"""Added to the standard deviation; TRL's value."""


def grpo(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
    epsilon: float = EPSILON,
) -> Advantages:
    """Compare a trajectory's whole return with its group's mean, in standard deviations.

    A_{i,t} = (R_i − mean_j R_j)/(std_j R_j + ε) with R_i = G_{i,1}, the same for every turn t. The
    standard deviation divides by N − 1. Mean and deviation include i, and dividing weighs prompts
    by how alike their trajectories are; both bias the gradient. `epsilon` is ε.

    Source: Shao et al., *DeepSeekMath*, arXiv 2402.03300. Other arguments and errors: `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    total_B1 = turns.returns_BT[:, :1]
    advantages_B1, size_B1 = standardised(turns.groups, total_B1, turns.whole_B1, epsilon)
    return turns.result(advantages_B1, turns.valid_BT & turns.whole_B1, size_B1)
