"""REINFORCE: the return itself, without a baseline."""

from __future__ import annotations

from torch import Tensor

from kerneldojo.rl.advantages.turns import Advantages, Single, Turns


def reinforce(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    *,
    gamma: float = 1.0,
    single: Single = "return",
    lost_BT: Tensor | None = None,
) -> Advantages:
    """Return the return: A_{i,t} = G_{i,t}.

    Nothing is compared, so groups and `single` do not matter.

    Source: Williams, *Simple Statistical Gradient-Following Algorithms*, 1992. Arguments and
    errors: `Estimator`.
    """
    turns = Turns.of(rewards_BT, valid_BT, groups_B, gamma=gamma, single=single, lost_BT=lost_BT)
    return turns.result(turns.returns_BT, turns.members_BT)
