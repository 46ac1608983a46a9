"""RLOO: REINFORCE with a leave-one-out baseline, a trajectory being one action."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.groups import leave_one_out
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns


def rloo(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
) -> Advantages:
    """Compare a trajectory's whole return with that of the prompt's other trajectories.

    A_{i,t} = R_i − mean_{j≠i} R_j with R_i = G_{i,1}, the same for every turn t. A trajectory that
    has lost a reward leaves as a whole.

    Source: Ahmadian et al., *Back to Basics*, arXiv 2402.14740; Kool et al., *Buy 4 REINFORCE
    Samples, Get a Baseline for Free!*, 2019. Arguments and errors: `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    total_B1 = turns.returns_BT[:, :1]
    baseline_B1, size_B1 = leave_one_out(turns.groups, total_B1, turns.whole_B1)
    return turns.result(total_B1 - baseline_B1, turns.valid_BT & turns.whole_B1, size_B1)
