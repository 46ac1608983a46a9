"""TRLOO: turn-level REINFORCE with a leave-one-out baseline."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.groups import leave_one_out
from kerneldojo.rl.advantages.turns import Advantages, Single, Turns


def trloo(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
) -> Advantages:
    """Compare a turn's return with that of the others' turns of the same number.

    A_{i,t} = G_{i,t} − mean_{j≠i} G_{j,t} = N_t/(N_t − 1)·(G_{i,t} − mean_j G_{j,t}), where j runs
    over the N_t trajectories of the prompt that reached turn t. A mean that includes i would scale
    the gradient by 1 − 1/N_t, another factor for every turn. There is no division by a standard
    deviation. With N_t = 1, A = G, as in the source.

    Source: arXiv 2602.05885, section on TRLOO. Arguments and errors: `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    baseline_BT, size_BT = leave_one_out(turns.groups, turns.returns_BT, turns.members_BT)
    return turns.result(turns.returns_BT - baseline_BT, turns.members_BT, size_BT)
