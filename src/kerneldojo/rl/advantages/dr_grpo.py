"""Dr. GRPO: GRPO without the division by the standard deviation."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.groups import mean_and_deviation
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns


def dr_grpo(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
) -> Advantages:
    """Compare a trajectory's whole return with its group's mean.

    A_{i,t} = R_i − mean_j R_j with R_i = G_{i,1}, the same for every turn t. The mean includes i,
    so the gradient is RLOO's times 1 − 1/N. (The other half of Dr. GRPO, no division by a
    sequence's length, is a matter of the loss.)

    Source: Liu et al., *Understanding R1-Zero-Like Training*, arXiv 2503.20783. Arguments and
    errors: `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    total_B1 = turns.returns_BT[:, :1]
    mean_B1, _, size_B1 = mean_and_deviation(turns.groups, total_B1, turns.whole_B1)
    return turns.result(total_B1 - mean_B1, turns.valid_BT & turns.whole_B1, size_B1)
