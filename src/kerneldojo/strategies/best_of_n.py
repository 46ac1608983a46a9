"""Independent tries, and perhaps some work on the best of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kerneldojo.dialogue import Dialogue
from kerneldojo.records import End
from kerneldojo.strategies.parameters import Parameters
from kerneldojo.strategies.ranking import best_turn


@dataclass(frozen=True)
class BestOfN(Parameters):
    """First turns that know nothing of one another, all at once; then the best is refined.

    Args:
        n: independent tries.
        refine: further turns, one at a time, that each see the best turn so far.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "best_of_n"
    n: int = 8
    refine: int = 0

    def __post_init__(self) -> None:
        self._at_least(1, "n")
        self._at_least(0, "refine")

    async def explore(self, dialogue: Dialogue) -> End:
        """Take the tries, then the refinements."""
        turns = await dialogue.together(
            dialogue.turn(f"try {number}") for number in range(1, self.n + 1)
        )
        for number in range(1, self.refine + 1):
            best = best_turn(turns)
            shown = [best] if best else []
            turns.append(await dialogue.turn(f"refinement {number}", show=shown, parent=best))
        return End.TURNS
