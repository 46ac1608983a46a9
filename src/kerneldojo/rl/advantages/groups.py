"""Sums over the trajectories of a prompt, without a loop over prompts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError
from kerneldojo.rl import shapes

_ROUNDING = 1e-14
"""Deviations below this share of the mean are rounding error of equal values."""


@dataclass(frozen=True)
class Groups:
    """Which trajectories answer the same prompt."""

    index_B: Tensor
    """Each trajectory's group, from 0 to `count` − 1."""
    count: int

    @classmethod
    def of(cls, groups_B: Tensor, rows: int) -> Groups:
        """Number the groups from 0.

        Raises:
            UsageError: if there is not one whole number per trajectory.
        """
        shapes.require_shape("groups_B", groups_B, (rows,))
        if groups_B.is_floating_point() or groups_B.is_complex() or groups_B.dtype == torch.bool:
            raise UsageError(f"groups_B is of type {groups_B.dtype}; whole numbers are needed.")
        names, index_B = groups_B.unique(return_inverse=True)
        return cls(index_B=index_B, count=len(names))

    def sums(self, values_BP: Tensor) -> Tensor:
        """Return, in each row, the sum of each column over the row's group."""
        totals = values_BP.new_zeros(self.count, values_BP.shape[1])
        return totals.index_add_(0, self.index_B, values_BP).index_select(0, self.index_B)

    def sizes(self, members_BP: Tensor) -> Tensor:
        """Return, in each row, how many members of its group each column has; float64."""
        return self.sums(members_BP.double())


def leave_one_out(groups: Groups, values_BP: Tensor, members_BP: Tensor) -> tuple[Tensor, Tensor]:
    """Return, for members, the mean over the others, 0 without others, and the group's size."""
    size_BP = groups.sizes(members_BP)
    counted_BP = values_BP.masked_fill(~members_BP, 0)
    others_BP = (size_BP - 1).clamp(min=1)
    mean_BP = (groups.sums(counted_BP) - counted_BP) / others_BP
    return mean_BP, size_BP


def mean_and_deviation(
    groups: Groups, values_BP: Tensor, members_BP: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean and standard deviation of a group, itself included, and the group's size.

    The deviation divides by N − 1, and is 0 where all values are equal. With one member both are 0.
    """
    size_BP = groups.sizes(members_BP)
    counted_BP = values_BP.masked_fill(~members_BP, 0)
    mean_BP = groups.sums(counted_BP) / size_BP.clamp(min=1)
    square_BP = ((values_BP - mean_BP) ** 2).masked_fill(~members_BP, 0)
    deviation_BP = (groups.sums(square_BP) / (size_BP - 1).clamp(min=1)).sqrt()
    deviation_BP = deviation_BP.masked_fill(deviation_BP <= _ROUNDING * mean_BP.abs(), 0)
    return mean_BP.masked_fill(size_BP < 2, 0), deviation_BP, size_BP


def standardised(
    groups: Groups, values_BP: Tensor, members_BP: Tensor, epsilon: float
) -> tuple[Tensor, Tensor]:
    """Return (value − mean)/(deviation + ε), and the group's size.

    0 where all values of a group are equal, whatever ε; the value itself with one member.

    Raises:
        UsageError: if ε is negative.
    """
    if not epsilon >= 0:
        raise UsageError(f"epsilon = {epsilon}: at least 0 is needed.")
    mean_BP, deviation_BP, size_BP = mean_and_deviation(groups, values_BP, members_BP)
    scale_BP = (deviation_BP + epsilon).masked_fill(size_BP < 2, 1)
    equal_BP = (deviation_BP == 0) & (size_BP > 1)
    return ((values_BP - mean_BP) / scale_BP).masked_fill(equal_BP, 0), size_BP
