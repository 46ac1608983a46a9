"""Two trajectories of three turns with ratios that can be computed by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

NOTHING = 0.0
"""In a list of ratios: no token of the model's here."""

A = ((2.0, 0.5), (1.0, 1.0), (4.0, NOTHING))
"""Trajectory 7: product 4 over five tokens."""
B = ((1.0, 1.0), (0.25, 1.0), (1.0, NOTHING))
"""Trajectory 3: product 0.25 over five tokens."""


@dataclass(frozen=True)
class Sampled:
    """Arguments of a correction. The sampler's probabilities are 1, so ρ is the trainer's."""

    train_BL: Tensor
    rollout_BL: Tensor
    mask_BL: Tensor
    trajectory_ids_B: Tensor | None
    turn_ids: Tensor | None

    @property
    def tensors(self) -> tuple[Tensor, Tensor, Tensor, Tensor | None, Tensor | None]:
        return (
            self.train_BL,
            self.rollout_BL,
            self.mask_BL,
            self.trajectory_ids_B,
            self.turn_ids,
        )


def sampled(rows: list[tuple[float, ...]]) -> tuple[Tensor, Tensor, Tensor]:
    """Return trainer's and sampler's logarithms and the mask; NaN where there is no token."""
    ratios_BL = torch.tensor(rows, dtype=torch.float64)
    mask_BL = ratios_BL != NOTHING
    train_BL = torch.where(mask_BL, ratios_BL.log(), math.nan)
    return train_BL, torch.where(mask_BL, 0.0, math.nan).double(), mask_BL


def turns_as_rows() -> Sampled:
    """Six rows, a turn each, the trajectories interleaved: A0 B0 A1 B1 A2 B2."""
    rows = [turn for pair in zip(A, B, strict=True) for turn in pair]
    ids = torch.tensor([7, 3, 7, 3, 7, 3])
    return Sampled(*sampled(rows), ids, torch.tensor([0, 0, 1, 1, 2, 2]))


def trajectories_as_rows() -> Sampled:
    """Two rows, a trajectory each, with the turn of every token; −1 where there is none."""
    tensors = sampled([sum(A, ()), sum(B, ())])
    turns_BL = torch.tensor([0, 0, 1, 1, 2, -1]).repeat(2, 1)
    return Sampled(*tensors, None, turns_BL)
