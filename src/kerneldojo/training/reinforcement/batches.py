"""What a step learns from, in the pieces that a device works on at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kerneldojo.rl import NO_TURN
from kerneldojo.training.reinforcement.rows import Rows


@dataclass(frozen=True)
class Targets:
    """What the loss needs to know of each token; all tensors are (R, L)."""

    old_RL: Tensor | None
    """Log-probabilities under the policy at the beginning of the step; None if the policy that
    learns is still the same, and its own are meant."""
    sampled_RL: Tensor
    """The sampler's log-probabilities."""
    advantages_RL: Tensor
    mask_RL: Tensor
    """Tokens in the loss."""
    weights_RL: Tensor | None
    """Factors of the tokens' losses; None for 1."""

    def map(self, change: Callable[[Tensor], Tensor]) -> Targets:
        """Return the same with all tensors changed."""
        old_RL, weights_RL = self.old_RL, self.weights_RL
        return Targets(
            change(old_RL) if old_RL is not None else None,
            change(self.sampled_RL),
            change(self.advantages_RL),
            change(self.mask_RL),
            change(weights_RL) if weights_RL is not None else None,
        )


@dataclass(frozen=True)
class MicroBatch:
    """Rows that a device works on at once, without columns that hold padding only."""

    ids_RL: Tensor
    present_RL: Tensor
    targets: Targets
    count: float
    """Replies in the loss of the whole optimizer step, on all devices together."""

    @property
    def first(self) -> int:
        """The first column with a token in the loss; at least 1, as nothing predicts the first."""
        columns = self.targets.mask_RL.any(dim=0).nonzero()
        return max(int(columns[0, 0]), 1) if len(columns) else self.ids_RL.shape[1] - 1

    def to(self, device: torch.device) -> MicroBatch:
        """Return the same on a device."""
        return MicroBatch(
            self.ids_RL.to(device),
            self.present_RL.to(device),
            self.targets.map(lambda values_RL: values_RL.to(device)),
            self.count,
        )


def pieces(lengths_R: Tensor, size: int) -> list[Tensor]:
    """Return row numbers in pieces of at most `size`, rows of like length together."""
    return list(lengths_R.argsort(descending=True, stable=True).split(size))


def shuffled_parts(rows: Rows, mask_RL: Tensor, parts: int, seed: str) -> list[Tensor]:
    """Return numbers of rows that have a token in the loss, in parts of whole trajectories.

    Args:
        rows: of all trajectories.
        mask_RL: tokens in the loss.
        parts: how many optimizer steps share the rows.
        seed: of who comes into which part.
    """
    useful_R = mask_RL.any(dim=1)
    owners = sorted(set(rows.trajectory_R[useful_R].tolist()))
    if parts > 1:
        random.Random(seed).shuffle(owners)
    part_of = {owner: number % parts for number, owner in enumerate(owners)}
    numbers = useful_R.nonzero().flatten().tolist()
    owner_R = rows.trajectory_R.tolist()
    return [
        torch.tensor([at for at in numbers if part_of[owner_R[at]] == part], dtype=torch.long)
        for part in range(parts)
    ]


def replies_in(rows: Rows, mask_RL: Tensor) -> int:
    """Return how many replies have a token in the loss, whatever rows they stand in."""
    width = int(rows.turn_RL.amax()) + 1 if rows.turn_RL.numel() else 0
    key_RL = rows.trajectory_R[:, None] * max(width, 1) + rows.turn_RL
    return len(key_RL[mask_RL & (rows.turn_RL != NO_TURN)].unique())


def cut(rows: Rows, targets: Targets, numbers: Tensor, count: float) -> MicroBatch:
    """Return some rows, as narrow as they can be."""
    width = int(rows.present_RL[numbers].sum(dim=1).amax())

    def part(values_RL: Tensor) -> Tensor:
        return values_RL[numbers, :width]

    return MicroBatch(part(rows.ids_RL), part(rows.present_RL), targets.map(part), count)


def without_loss(batch: MicroBatch) -> MicroBatch:
    """Return a batch that is read like another one, and of which nothing is learnt."""
    nothing_RL = torch.zeros_like(batch.targets.mask_RL)
    targets = replace(batch.targets, mask_RL=nothing_RL)
    return replace(batch, targets=targets)


def nothing() -> MicroBatch:
    """Return a batch for a process that has none while others have one."""
    one = torch.ones(1, 2, dtype=torch.long)
    none = torch.zeros(1, 2)
    return MicroBatch(one, one.bool(), Targets(none, none, none, none.bool(), None), 1.0)
