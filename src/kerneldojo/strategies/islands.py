"""Evolution on islands: populations of solutions that breed apart and meet now and then."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kerneldojo.dialogue import Dialogue
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Turn
from kerneldojo.strategies.diversity import good_and_different
from kerneldojo.strategies.parameters import Parameters
from kerneldojo.strategies.ranking import worth


@dataclass(frozen=True)
class Islands(Parameters):
    """Populations of solutions; in each generation every island improves one of its own.

    A parent is drawn from its island's population with probability ∝ 1 ÷ rank by reward. The
    model sees, before the parent, some inspirations from the same island: good ones that differ
    from the parent and from each other. A population holds at most `size` solutions, chosen in the
    same way. Every `migrate` generations the best of each island also settles on the next one
    (after Tanese, *Distributed genetic algorithms*, 1989; with language models: Romera-Paredes
    et al., *FunSearch*, 2023).

    Args:
        islands: populations.
        generations: turns of each island.
        size: most solutions of a population.
        inspirations: most turns shown besides the parent.
        migrate: generations between migrations; 0 for none.
        diversity: what difference counts against reward, from 0 to 1.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "islands"
    islands: int = 4
    generations: int = 4
    size: int = 6
    inspirations: int = 2
    migrate: int = 2
    diversity: float = 0.3

    def __post_init__(self) -> None:
        self._at_least(1, "islands", "generations", "size")
        self._at_least(0, "inspirations", "migrate", "diversity")
        if self.diversity > 1:
            raise UsageError(f"islands: diversity = {self.diversity}; it lies between 0 and 1.")

    async def explore(self, dialogue: Dialogue) -> End:
        """Breed generation by generation, on all islands at once."""
        populations: list[list[Turn]] = [[] for _ in range(self.islands)]
        for generation in range(1, self.generations + 1):
            parents = [self._parent(each, dialogue.random) for each in populations]
            children = await dialogue.together(
                dialogue.turn(
                    f"island {number}, generation {generation}",
                    show=self._shown(population, parent),
                    parent=parent,
                )
                for number, (population, parent) in enumerate(
                    zip(populations, parents, strict=True), 1
                )
            )
            populations = [
                self._settled(population, child)
                for population, child in zip(populations, children, strict=True)
            ]
            if self.migrate and generation % self.migrate == 0:
                populations = self._migrated(populations)
        return End.TURNS

    def _parent(self, population: Sequence[Turn], chance: random.Random) -> Turn | None:
        ranked = sorted(population, key=worth, reverse=True)
        odds = [1 / rank for rank in range(1, len(ranked) + 1)]
        return chance.choices(ranked, odds)[0] if ranked else None

    def _shown(self, population: Sequence[Turn], parent: Turn | None) -> list[Turn]:
        """Return inspirations in order of reward, then the parent, which is to be improved."""
        if parent is None:
            return []
        others = [turn for turn in population if turn is not parent]
        chosen = good_and_different(others, self.inspirations, self.diversity, [parent])
        return [*sorted(chosen, key=worth), parent]

    def _settled(self, population: list[Turn], newcomer: Turn) -> list[Turn]:
        """Return the population with a newcomer, if it is fit to live there."""
        known = {turn.solution.digest for turn in population if turn.solution is not None}
        if (
            newcomer.reward is None
            or newcomer.solution is None
            or newcomer.solution.digest in known
        ):
            return population
        together = [*population, newcomer]
        if len(together) <= self.size:
            return together
        return good_and_different(together, self.size, self.diversity)

    def _migrated(self, populations: list[list[Turn]]) -> list[list[Turn]]:
        """Return the populations after the best of each has settled on the next island too."""
        best = [max(each, key=worth, default=None) for each in populations]
        return [
            population if (guest := best[number - 1]) is None else self._settled(population, guest)
            for number, population in enumerate(populations)
        ]
