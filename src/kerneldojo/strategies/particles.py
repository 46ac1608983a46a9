"""Particle filtering: chains of turns that die out or multiply by what they have come to."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar, Literal

from kerneldojo.dialogue import Dialogue
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Turn
from kerneldojo.strategies.parameters import Parameters
from kerneldojo.strategies.ranking import worth

Resampling = Literal["systematic", "multinomial"]
Chain = tuple[Turn, ...]


@dataclass(frozen=True)
class Particles(Parameters):
    """Several chains of turns; after each round, chains are drawn anew by their rewards.

    A particle is a chain of turns, each of which sees those before it. Its weight is
    exp(reward of its last turn ÷ temperature), over the sum of all; the reward is the measured
    one, not a model's guess. A turn lost to a fault of ours does not lengthen its chain, which
    keeps the weight it had; a chain that is empty for that reason gets the mean weight.

    Args:
        n: particles.
        rounds: turns of each particle.
        temperature: in units of reward; low ones leave only the best particle alive.
        resampling: `systematic` draws all with one random number, and gives a particle of weight
            w either ⌊n·w⌋ or ⌈n·w⌉ descendants; `multinomial` draws each for itself.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "particles"
    n: int = 4
    rounds: int = 4
    temperature: float = 0.5
    resampling: Resampling = "systematic"

    def __post_init__(self) -> None:
        self._at_least(1, "n", "rounds")
        self._positive("temperature")
        if self.resampling not in ("systematic", "multinomial"):
            raise UsageError(
                f"particles: resampling = {self.resampling!r}; allowed are 'systematic' and "
                "'multinomial'."
            )

    async def explore(self, dialogue: Dialogue) -> End:
        """Take the rounds, each particle's turn at the same time."""
        chains: list[Chain] = [()] * self.n
        for round_ in range(1, self.rounds + 1):
            if round_ > 1:
                shares = weights(chains, self.temperature)
                drawn = draw(shares, self.resampling, dialogue.random)
                chains = [chains[number] for number in drawn]
            turns = await dialogue.together(
                dialogue.turn(
                    f"particle {number}, round {round_}",
                    show=chain,
                    parent=chain[-1] if chain else None,
                )
                for number, chain in enumerate(chains, 1)
            )
            chains = [
                chain if turn.reward is None else (*chain, turn)
                for chain, turn in zip(chains, turns, strict=True)
            ]
        return End.TURNS


def weights(chains: Sequence[Chain], temperature: float) -> list[float]:
    """Return the particles' weights, which add up to 1."""
    rewards = [worth(chain[-1]) for chain in chains if chain]
    if not rewards:
        return [1 / len(chains)] * len(chains)
    highest = max(rewards)
    known = [math.exp((reward - highest) / temperature) for reward in rewards]
    mean = math.fsum(known) / len(known)
    each = iter(known)
    raw = [next(each) if chain else mean for chain in chains]
    total = math.fsum(raw)
    return [weight / total for weight in raw]


def draw(shares: Sequence[float], resampling: Resampling, chance: random.Random) -> list[int]:
    """Return as many numbers of particles as there are, drawn by their weights, in order."""
    count = len(shares)
    if resampling == "multinomial":
        return sorted(chance.choices(range(count), shares, k=count))
    offset = chance.random()
    ends = list(accumulate(shares))
    drawn, number = [], 0
    for step in range(count):
        while number < count - 1 and (step + offset) / count >= ends[number]:
            number += 1
        drawn.append(number)
    return drawn
