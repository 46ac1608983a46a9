"""What directs a dialogue, and the plainest way of doing so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from kerneldojo.dialogue.dialogue import Dialogue
from kerneldojo.dialogue.stopping import Over
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Ending


class Strategy(Protocol):
    """Decides which turns to take, and what the model is shown at each.

    A strategy holds no state between problems. All it does follows from the turns it has taken
    and from `dialogue.random`, so that run again after an interruption it asks for the same
    turns in the same order.
    """

    @property
    def name(self) -> str:
        """Its name with its parameters; trajectories of different names are different."""
        ...

    async def explore(self, dialogue: Dialogue) -> End:
        """Take turns until there is nothing more to do, or `dialogue.turn` raises `Over`."""
        ...


async def directed(strategy: Strategy, dialogue: Dialogue) -> Ending:
    """Have a strategy direct a dialogue until it ends, for whatever reason, and return the end."""
    try:
        return ending_of(dialogue, await strategy.explore(dialogue))
    except Over as over:
        return ending_of(dialogue, over.end, over.note)


def ending_of(dialogue: Dialogue, end: End, note: str = "") -> Ending:
    """Return how a dialogue ends if it ends now: the best turn so far is the winner."""
    best = dialogue.trajectory.best
    winner = best.number if best else None
    return Ending(trajectory=dialogue.record.id, end=end, winner=winner, note=note)


@dataclass(frozen=True)
class Rollout:
    """Turn after turn, the model seeing all that went before: what training data are made of.

    Args:
        turns: how many.
    """

    turns: int = 3

    def __post_init__(self) -> None:
        if self.turns < 1:
            raise UsageError(f"{self.turns} turns are no dialogue; give 1 or more.")

    @property
    def name(self) -> str:
        """`rollout`, with the number of turns."""
        return f"rollout(turns={self.turns})"

    async def explore(self, dialogue: Dialogue) -> End:
        """Take the turns, one after the other."""
        for number in range(1, self.turns + 1):
            shown = dialogue.turns
            parent = shown[-1] if shown else None
            await dialogue.turn(f"turn {number}", show=shown, parent=parent)
        return End.TURNS
