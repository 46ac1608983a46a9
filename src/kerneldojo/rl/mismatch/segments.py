"""Sums over trajectories and turns, whichever way they lie in a batch.

G stands for the number of groups: trajectories or turns.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.errors import UsageError

_MOST_TURNS = 65_536
"""Largest turn number accepted: sums are kept for every trajectory and turn number."""


@dataclass(frozen=True)
class Segments:
    """Groups of tokens that are judged together."""

    index: Tensor
    """Group of each row (B) or of each token (B × L), from 0."""
    count: int

    def total(self, values_BL: Tensor) -> Tensor:
        """Return the sum over each group's tokens, in float64; values are 0 where masked."""
        if self.index.dim() == 1:
            return self.total_of_rows(values_BL.sum(-1))
        return self._added(self.index.flatten(), values_BL.flatten())

    def total_of_rows(self, values_B: Tensor) -> Tensor:
        """Return the sum over each group's rows, in float64.

        Raises:
            UsageError: if groups are made of tokens, not of rows.
        """
        if self.index.dim() != 1:
            raise UsageError("Rows hold several groups here: sum over their tokens with total().")
        return self._added(self.index, values_B)

    def least_of_rows(self, values_B: Tensor) -> Tensor:
        """Return the smallest value among each group's rows."""
        start_G = values_B.new_full((self.count,), torch.inf)
        return start_G.scatter_reduce(0, self.index, values_B, "amin")

    def _added(self, index: Tensor, values: Tensor) -> Tensor:
        # index_add rather than bincount, which refuses PyTorch's deterministic mode on GPUs.
        start_G = values.new_zeros(self.count, dtype=torch.float64)
        return start_G.index_add_(0, index, values.double())

    def spread(self, values_G: Tensor) -> Tensor:
        """Return each group's value at its rows (B × 1) or tokens (B × L)."""
        values = values_G[self.index]
        return values.unsqueeze(-1) if self.index.dim() == 1 else values


def trajectories(trajectory_ids_B: Tensor | None, mask_BL: Tensor) -> Segments:
    """Return the groups of rows that make up a trajectory each.

    Args:
        trajectory_ids_B: any integers, equal for the rows of one trajectory, in any order; None
            where every row is a whole trajectory.
        mask_BL: gives the number of rows and the device.

    Raises:
        UsageError: if there is not one id for each row.
    """
    rows = mask_BL.shape[0]
    if trajectory_ids_B is None:
        return Segments(torch.arange(rows, device=mask_BL.device), rows)
    if trajectory_ids_B.shape != (rows,):
        raise UsageError(
            f"trajectory_ids has shape {tuple(trajectory_ids_B.shape)}; one integer for each of "
            f"the {rows} rows is needed."
        )
    ids, index_B = torch.unique(trajectory_ids_B, return_inverse=True)
    return Segments(index_B, len(ids))


def turns(turn_ids: Tensor | None, owners: Segments, mask_BL: Tensor) -> Segments:
    """Return the groups of tokens that make up one turn of one trajectory each.

    Args:
        turn_ids: the turn's number within its trajectory, from 0: for each row (B) where a row is
            a turn, or for each token (B × L); what stands at masked positions is ignored.
        owners: the trajectories.
        mask_BL: true at the model's own tokens.

    Raises:
        UsageError: if turns are missing, have another shape, or are numbered below 0 or
            above 65,536.
    """
    if turn_ids is None:
        raise UsageError("Levels turn and turn_geometric need turn_ids, for each row or token.")
    if turn_ids.shape not in (mask_BL.shape[:1], mask_BL.shape):
        raise UsageError(
            f"turn_ids has shape {tuple(turn_ids.shape)}; {tuple(mask_BL.shape[:1])} (a row is a "
            f"turn) or {tuple(mask_BL.shape)} is needed."
        )
    if turn_ids.dim() == 2:
        turn_ids = turn_ids.masked_fill(~mask_BL, 0)
    least, most = (int(end) for end in torch.stack(turn_ids.aminmax()).tolist())
    if least < 0 or most > _MOST_TURNS:
        raise UsageError(
            f"turn_ids reach from {least} to {most}; turns are numbered from 0 within their "
            f"trajectory, to {_MOST_TURNS} at most."
        )
    width = most + 1
    owner = owners.index if turn_ids.dim() == 1 else owners.index.unsqueeze(-1)
    return Segments(owner * width + turn_ids, owners.count * width)
