"""Trajectories as rows of token ids, of which each reply is learnt exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kerneldojo.dialogue.token_rows import Row, rows
from kerneldojo.errors import UsageError
from kerneldojo.records import Trajectory
from kerneldojo.rl import NO_TURN


@dataclass(frozen=True)
class Rows:
    """R rows of up to L tokens, padded on the right."""

    ids_RL: Tensor
    present_RL: Tensor
    """False where there is padding only."""
    turn_RL: Tensor
    """The turn that drew the token, by its place in the trajectory; `NO_TURN` for all others."""
    sampled_RL: Tensor
    """The sampler's log-probabilities; 0 where no turn is."""
    trajectory_R: Tensor
    """Which trajectory a row belongs to, by its place among those given."""

    @classmethod
    def of(cls, trajectories: Sequence[Trajectory]) -> Rows:
        """Return the rows of all trajectories.

        Raises:
            UsageError: if the policy did not tell the log-probabilities of what it drew.
        """
        found: list[tuple[int, Row, dict[int, int]]] = []
        for place, trajectory in enumerate(trajectories):
            places = {turn.number: at for at, turn in enumerate(trajectory.turns)}
            found += [(place, row, places) for row in rows(trajectory)]
        count, width = len(found), max((len(row.ids) for _, row, _ in found), default=0)
        ids_RL = torch.zeros(count, width, dtype=torch.long)
        present_RL = torch.zeros(count, width, dtype=torch.bool)
        turn_RL = torch.full((count, width), NO_TURN)
        sampled_RL = torch.zeros(count, width)
        for at, (_, row, places) in enumerate(found):
            if row.logprobs is None:
                raise UsageError(
                    "replies came without their log-probabilities, and cannot be learnt from. "
                    "Use a policy that tells them."
                )
            length = len(row.ids)
            ids_RL[at, :length] = torch.tensor(row.ids)
            present_RL[at, :length] = True
            turn_RL[at, :length] = torch.tensor(
                [NO_TURN if turn is None else places[turn] for turn in row.turn_of]
            )
            sampled_RL[at, :length] = torch.tensor(row.logprobs)
        owners = torch.tensor([place for place, _, _ in found], dtype=torch.long)
        return cls(ids_RL, present_RL, turn_RL, sampled_RL, owners)

    @property
    def drawn_RL(self) -> Tensor:
        """Where the model's own tokens are."""
        return self.turn_RL != NO_TURN

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.ids_RL)
