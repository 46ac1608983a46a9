"""Which prompts and turns teach nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes
from kerneldojo.rl.advantages.groups import Groups, mean_and_deviation

LEAST_DEVIATION = 1e-3
"""Prompts whose last rewards deviate by less are left out; the released code's value."""


def instructive(
    rewards_BT: Tensor,
    valid_BT: Tensor,
    groups_B: Tensor,
    least: float = LEAST_DEVIATION,
) -> Tensor:
    """Return which trajectories belong to a prompt whose last-turn rewards differ.

    Where all trajectories end equally well there is little to compare; such prompts are dropped and
    others sampled instead. A trajectory's last turn is its last valid one. A prompt with a single
    trajectory stays, because nothing is known about its spread.

    Args:
        rewards_BT: a reward per turn.
        valid_BT: turns that were played and judged.
        groups_B: whole numbers; trajectories of equal number answer the same prompt.
        least: smallest standard deviation (of N − 1 degrees of freedom) that is enough.

    Returns:
        (B,), bool; False as well for trajectories without a valid turn.

    Source: the code released with arXiv 2602.05885.

    Raises:
        UsageError: if shapes or types do not fit, or a reward that counts is not finite.
    """
    _check(rewards_BT, valid_BT)
    groups = Groups.of(groups_B, rewards_BT.shape[0])
    some_B1 = valid_BT.any(dim=1, keepdim=True)
    number_BT = torch.arange(rewards_BT.shape[1], device=rewards_BT.device).expand_as(valid_BT)
    is_last_BT = valid_BT & (number_BT == _last(number_BT, valid_BT))
    last_B1 = rewards_BT.double().masked_fill(~is_last_BT, 0).sum(dim=1, keepdim=True)
    _, deviation_B1, size_B1 = mean_and_deviation(groups, last_B1, some_B1)
    return (some_B1 & ((deviation_B1 >= least) | (size_B1 < 2))).squeeze(1)


def relapses(rewards_BT: Tensor, valid_BT: Tensor) -> Tensor:
    """Return which turns earn nothing (reward ≤ 0) after an earlier one of the trajectory did.

    The released code leaves them out of loss and baselines, the paper does not speak of them. Pass
    `valid_BT & ~relapses(…)` to an estimator to do the same. They are correctly judged failures:
    leaving them out hides from the model that it can spoil what it had.

    Args:
        rewards_BT: a reward per turn.
        valid_BT: turns that were played and judged.

    Returns:
        (B, T), bool.

    Source: the code released with arXiv 2602.05885.

    Raises:
        UsageError: if shapes or types do not fit, or a reward that counts is not finite.
    """
    _check(rewards_BT, valid_BT)
    earned_BT = valid_BT & (rewards_BT > 0)
    return valid_BT & ~earned_BT & (earned_BT.cumsum(dim=1) > 0)


def _last(number_BT: Tensor, valid_BT: Tensor) -> Tensor:
    """Return the number of each row's last valid turn, −1 if there is none; (B, 1)."""
    if number_BT.shape[1] == 0:
        return number_BT.new_full((len(number_BT), 1), -1)
    return number_BT.masked_fill(~valid_BT, -1).amax(dim=1, keepdim=True)


def _check(rewards_BT: Tensor, valid_BT: Tensor) -> None:
    if rewards_BT.dim() != 2:
        shape = tuple(rewards_BT.shape)
        raise UsageError(f"rewards have the shape {shape}; (trajectories, turns) is needed.")
    shapes.require_floats("rewards_BT", rewards_BT)
    shapes.require_mask("valid_BT", valid_BT, tuple(rewards_BT.shape))
    shapes.require_finite("rewards_BT", rewards_BT, valid_BT)
