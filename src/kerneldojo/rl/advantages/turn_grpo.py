"""Turn-level GRPO: a turn's return against a mean that includes it."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.groups import mean_and_deviation, standardised
from kerneldojo.rl.advantages.grpo import EPSILON
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns


def turn_grpo(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
    scaled: bool = True,
    epsilon: float = EPSILON,
) -> Advantages:
    """Compare a turn's return with its group's mean, in standard deviations unless told otherwise.

    A_{i,t} = (G_{i,t} − mean_j G_{j,t})/(std_j G_{j,t} + ε), where j runs over the N_t trajectories
    of the prompt that reached turn t, i among them. It is what TRLOO is measured against: even
    without the division the gradient of turn t is scaled by 1 − 1/N_t.

    `scaled` says whether to divide by the standard deviation (of N_t − 1 degrees of freedom), and
    `epsilon` is added to it.

    Source: arXiv 2602.05885, as the estimator TRLOO replaces. Other arguments and errors:
    `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    if scaled:
        advantages_BT, size_BT = standardised(
            turns.groups, turns.returns_BT, turns.members_BT, epsilon
        )
    else:
        mean_BT, _, size_BT = mean_and_deviation(turns.groups, turns.returns_BT, turns.members_BT)
        advantages_BT = turns.returns_BT - mean_BT
    return turns.result(advantages_BT, turns.members_BT, size_BT)
