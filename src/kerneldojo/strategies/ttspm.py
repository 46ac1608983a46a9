"""How much more is to be had from further tries, judged by how the best one has developed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LOWEST_CHANCE = 0.01
_CHANCES, _CEILINGS = 48, 12
"""Steps of the grid that expectation and interval are taken from."""
_TAIL = 0.02
"""Left out at either end of the interval. With 0.05, it held the truth of simulated curves less
often than nine times in ten, as chance and ceiling are not likely alike everywhere on the grid."""
_HALVINGS = 40


@dataclass(frozen=True)
class Saturation:
    """The curve F(N) = ceiling·(1 − (1 − chance)^N) that fits the best of N tries."""

    tries: int
    ceiling: float
    """What endless tries would come to."""
    chance: float
    """Share of what is missing that one try gains on average."""
    gain: float
    """What one more try is expected to gain."""
    low: float
    """Lower and upper end of the gain's 90 % interval."""
    high: float

    def at(self, tries: int) -> float:
        """Return the curve after so many tries."""
        return self.ceiling * (1 - math.pow(1 - self.chance, tries))

    def gain_of(self, more: int) -> float:
        """Return what the curve gains in so many further tries."""
        return self.at(self.tries + more) - self.at(self.tries)

    def tries_worthwhile(self, epsilon: float) -> int:
        """Return the number of tries after which one more gains less than `epsilon` on the curve.

        Raises:
            ValueError: if `epsilon` is not above 0: by the model, every try gains something.
        """
        if not epsilon > 0:
            raise ValueError(f"epsilon = {epsilon}: it has to be above 0")
        first = self.ceiling * self.chance
        if first < epsilon:
            return 0
        if self.chance == 1:
            return 1
        return math.floor(math.log(epsilon / first) / math.log(1 - self.chance)) + 1


def saturation(
    curve: Sequence[float], *, most: float | None = None, curves: int = 1
) -> Saturation | None:
    """Fit the saturation model (TTSPM) to a curve of the best so far.

    The points of such a curve hang together, so it is its steps that are fitted: the n-th gains
    ceiling·chance·(1 − chance)^(n−1) on average, with a variance in proportion to that, as gains
    come seldom and in lumps (quasi-likelihood of Poisson's kind; Wedderburn 1974). The fit
    maximises it; the expected gain of one more try and its interval come from all ceilings and
    chances, weighted by it, so that a short curve gives a wide interval. They hold if the model
    does: a search that comes upon a new idea after a long standstill follows no such curve.

    Args:
        curve: best reward (or share, or speedup) after 1, 2, … tries; never falls.
        most: highest ceiling thought possible, e.g. 1 for a share; by default twice the best.
        curves: how many curves this one is the mean of.

    Returns:
        The fit; None if nothing has been gained yet, as that tells nothing about the ceiling.

    Raises:
        ValueError: if the curve falls.
    """
    if any(later < earlier for earlier, later in pairwise(curve)):
        raise ValueError("the curve of the best so far falls")
    if not curve or curve[-1] <= 0:
        return None
    best = curve[-1]
    most = max(best, 2 * best if most is None else most)
    steps = _Steps.of(curve, curves)
    chance = steps.likeliest_chance(best, most)
    gain, low, high = _gain(steps, best, most)
    return Saturation(len(curve), _ceiling(chance, steps, most), chance, gain, low, high)


@dataclass(frozen=True)
class _Steps:
    """What the likelihood needs to know of a curve."""

    count: int
    total: float
    moment: float
    """Sum of each step's gain times how many steps were before it."""
    lump: float
    """Variance ÷ mean of a step: how much one success gains, ÷ the number of curves."""

    @classmethod
    def of(cls, curve: Sequence[float], curves: int) -> _Steps:
        gains = [later - earlier for earlier, later in pairwise([0.0, *curve])]
        total = math.fsum(gains)
        # Single steps of a mean curve are no successes any more; the largest success is the total.
        lump = total / curves if curves > 1 else math.fsum(gain**2 for gain in gains) / total
        moment = math.fsum(before * gain for before, gain in enumerate(gains))
        return cls(len(curve), total, moment, lump)

    def likelihood(self, chance: float, ceiling: float) -> float:
        """Return the logarithm of the quasi-likelihood, but for a constant."""
        missed = math.pow(1 - chance, self.count)
        late = self.moment * math.log1p(-chance) if chance < 1 else -math.inf if self.moment else 0
        expected = self.total * math.log(ceiling * chance) + late
        return (expected - ceiling * (1 - missed)) / self.lump

    def likeliest_chance(self, best: float, most: float) -> float:
        """Return the chance of the highest likelihood: from a grid, then narrowed down."""

        def likelihood(chance: float) -> float:
            return self.likelihood(chance, _ceiling(chance, self, most))

        grid = list(_chances())
        at = max(range(len(grid)), key=lambda number: likelihood(grid[number]))
        low, high = grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]
        for _ in range(_HALVINGS):
            third = (high - low) / 3
            if likelihood(low + third) < likelihood(high - third):
                low += third
            else:
                high -= third
        return max(grid[at], (low + high) / 2, key=likelihood)


def _ceiling(chance: float, steps: _Steps, most: float) -> float:
    """Return the likeliest ceiling for a chance."""
    return min(steps.total / (1 - math.pow(1 - chance, steps.count)), most)


def _chances() -> Iterator[float]:
    """Yield chances from the lowest to 1, in equal ratios."""
    for step in range(_CHANCES):
        yield math.pow(_LOWEST_CHANCE, 1 - step / (_CHANCES - 1))


def _gain(steps: _Steps, best: float, most: float) -> tuple[float, float, float]:
    """Return mean, lower and upper end of what one more try gains, over all that may be so."""
    ceilings = [best + (most - best) * step / _CEILINGS for step in range(_CEILINGS + 1)]
    possible = sorted(
        (ceiling * chance * math.pow(1 - chance, steps.count), steps.likelihood(chance, ceiling))
        for chance in _chances()
        for ceiling in ceilings
    )
    highest = max(likelihood for _, likelihood in possible)
    weights = [math.exp(likelihood - highest) for _, likelihood in possible]
    total, passed = math.fsum(weights), 0.0
    low = high = None
    for (gain, _), weight in zip(possible, weights, strict=True):
        passed += weight / total
        if low is None and passed >= _TAIL:
            low = gain
        if high is None and passed >= 1 - _TAIL:
            high = gain
    mean = math.fsum(gain * w for (gain, _), w in zip(possible, weights, strict=True)) / total
    return mean, low or 0.0, high if high is not None else possible[-1][0]
