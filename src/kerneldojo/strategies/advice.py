"""A strategy that ends when a further try is not worth its cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from kerneldojo.dialogue import Dialogue, Over, Strategy
from kerneldojo.records import End, Turn
from kerneldojo.strategies.parameters import Parameters
from kerneldojo.strategies.ttspm import saturation


@dataclass(frozen=True)
class Advised(Parameters):
    """Any strategy, ended as soon as one more try is expected to gain too little.

    Args:
        strategy: what directs the dialogue until then.
        epsilon: least expected gain, in units of reward, that a further turn is worth.
        least: turns before any advice is given.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "advised"
    strategy: Strategy
    epsilon: float = 0.02
    least: int = 6

    def __post_init__(self) -> None:
        self._positive("epsilon")
        self._at_least(1, "least")

    async def explore(self, dialogue: Dialogue) -> End:
        """Follow the strategy; `dialogue.turn` raises `Over` once that is the advice."""
        dialogue.rules.append(self.advise)
        return await self.strategy.explore(dialogue)

    def advise(self, turns: Sequence[Turn]) -> Over | None:
        """Return the advice to stop after these turns, with the estimate it rests on, if any."""
        rewards = [turn.reward for turn in turns if turn.reward is not None]
        if len(rewards) < self.least:
            return None
        found = saturation(list(accumulate(rewards, max)))
        if found is None or found.gain >= self.epsilon:
            return None
        return Over(
            End.ADVICE,
            f"a further turn is expected to gain {found.gain:.3f} of reward (90 % interval "
            f"{found.low:.3f} – {found.high:.3f}), less than {self.epsilon:g}; by the "
            f"{found.tries} so far, endless turns would come to {found.ceiling:.2f} instead of "
            f"{max(rewards):.2f}",
        )
