"""Sequential test-time scaling: go on for long, looking back at the best turns only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from kerneldojo.dialogue import Dialogue, Rollout
from kerneldojo.records import End
from kerneldojo.strategies.parameters import Parameters
from kerneldojo.strategies.ranking import best_turn, best_turns


@dataclass(frozen=True)
class Sequential(Parameters):
    """An ordinary rollout, then iterations that each see the best turns so far.

    The prompt of an iteration holds the problem and the `keep` earlier turns of the highest
    reward, in the order in which they were taken, so that it stays short however long the search
    goes on (arXiv 2602.05885, sequential test-time scaling with context management).

    Args:
        turns: turns of the rollout, which see all that went before.
        iterations: further turns, one at a time.
        keep: most turns shown to an iteration.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "sequential"
    turns: int = 5
    iterations: int = 10
    keep: int = 4

    def __post_init__(self) -> None:
        self._at_least(1, "turns", "keep")
        self._at_least(0, "iterations")

    @classmethod
    def released(cls) -> Self:
        """Return the recipe of the released code: 5 turns, 9 iterations, 4 turns kept."""
        return cls(turns=5, iterations=9, keep=4)

    async def explore(self, dialogue: Dialogue) -> End:
        """Take the turns, then the iterations."""
        await Rollout(self.turns).explore(dialogue)
        for number in range(1, self.iterations + 1):
            shown = best_turns(dialogue.turns, self.keep)
            await dialogue.turn(f"iteration {number}", show=shown, parent=best_turn(shown))
        return End.TURNS
