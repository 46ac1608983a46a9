"""What the agent loop hands to the trainer about a trajectory: plain numbers beside the tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from torch import Tensor

from kerneldojo.records import Status, Turn
from kerneldojo.rl import NO_TURN

FIELD = "kerneldojo"
"""Its name among verl's extra fields of a row."""


@dataclass(frozen=True)
class Played:
    """One turn's verdict."""

    reward: float | None
    """None if a fault of ours kept the turn from being judged."""
    correct: bool = False
    coverage: float | None = None
    speedup: float | None = None

    @classmethod
    def of(cls, turn: Turn) -> Self:
        """Read a turn."""
        evaluation = turn.evaluation
        if evaluation is None:
            return cls(turn.reward)
        return cls(
            reward=turn.reward,
            correct=evaluation.status is Status.CORRECT,
            coverage=evaluation.profile.coverage if evaluation.profile else None,
            speedup=evaluation.speedup,
        )


LOST = Played(None)
"""A turn that was begun and of which nothing came, through a fault of ours."""


@dataclass(frozen=True)
class Handover:
    """A row of tokens and the trajectory it belongs to."""

    problem: str
    """Digest of the problem."""
    sample: int
    """Number of the trajectory among those of its prompt."""
    turns: tuple[Played, ...]
    """All turns of the trajectory, also those of other rows."""
    spans: tuple[tuple[int, int, int], ...]
    """Turn, begin and end within the response, of every reply that is trained on in this row."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain dictionaries and lists, which cross process borders as they are."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(
            problem=plain["problem"],
            sample=int(plain["sample"]),
            turns=tuple(Played(**turn) for turn in plain["turns"]),
            spans=tuple((int(turn), int(start), int(end)) for turn, start, end in plain["spans"]),
        )


def turn_of_tokens(rows: Sequence[Handover], width: int) -> Tensor:
    """Return each token's turn, −1 where the model did not write it here; (B, width), int64."""
    turn_BL = torch.full((len(rows), width), NO_TURN, dtype=torch.long)
    for row, handover in enumerate(rows):
        for turn, start, end in handover.spans:
            turn_BL[row, start:end] = turn
    return turn_BL
