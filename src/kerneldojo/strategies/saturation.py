"""How much more is to be had from further tries, judged by how the best one has developed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_LOWEST_CHANCE = 0.01
_CHANCES, _CEILINGS = 60, 30
"""Steps of the grid that uncertainty is taken from."""
_PRIOR_TRIES = 2.0
_PRIOR_NOISE = 0.25
"""Before any try is seen, curves are taken to lie this far, as a share of the best, from the
model, with the weight of so many tries; else a few equal tries would look like certainty."""
_TAIL = 0.05
_FINE = 400
_ROUNDS = 60


@dataclass(frozen=True)
class Saturation:
    """The curve F(N) = ceiling·(1 − (1 − chance)^N) that fits the best of N tries."""

    tries: int
    ceiling: float
    """What endless tries would come to."""
    chance: float
    """Share of what is missing that one try gains; chance of success, if there is one success."""
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
    curve: Sequence[float],
    *,
    most: float | None = None,
    weights: Sequence[float] | None = None,
) -> Saturation | None:
    """Fit the saturation model (TTSPM) to a curve of the best so far.

    Ceiling and chance are those of the weighted least squares. The expected gain of one more try
    and its interval are means over all ceilings and chances, weighted by how well they fit, so
    that a short curve gives a wide interval. They hold if the model does: a search that finds a
    new idea after a long standstill follows no such curve.

    Args:
        curve: best reward (or share, or speedup) after 1, 2, … tries; never falls.
        most: highest ceiling thought possible, e.g. 1 for a share; by default twice the best.
        weights: of the points, e.g. 1 ÷ variance; by default all alike.

    Returns:
        The fit; None if nothing has been gained yet, as that tells nothing about the ceiling.

    Raises:
        ValueError: if the curve falls, or there is not one positive weight for each point.
    """
    if any(later < earlier for earlier, later in pairwise(curve)):
        raise ValueError("the curve of the best so far falls")
    given = list(weights) if weights is not None else [1.0] * len(curve)
    if len(given) != len(curve) or any(not weight > 0 for weight in given):
        raise ValueError(f"{len(curve)} positive weights are needed, one for each point")
    if not curve or curve[-1] <= 0:
        return None
    count, best = len(curve), curve[-1]
    scale = count / math.fsum(given)
    points = _Points(tuple(curve), tuple(weight * scale for weight in given))
    most = max(best, 2 * best if most is None else most)
    chance = _best_chance(points, best, most)
    gain, low, high = _gain(points, best, most)
    return Saturation(count, points.ceiling(chance, best, most), chance, gain, low, high)


@dataclass(frozen=True)
class _Points:
    """A curve with weights whose mean is 1."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def sums(self, chance: float) -> tuple[float, float]:
        """Return Σ w·value·g and Σ w·g², where g is the model's curve for a ceiling of 1."""
        shape = _shape(chance, len(self.values))
        weighted = [weight * g for weight, g in zip(self.weights, shape, strict=True)]
        return (
            math.fsum(w * value for w, value in zip(weighted, self.values, strict=True)),
            math.fsum(w * g for w, g in zip(weighted, shape, strict=True)),
        )

    def ceiling(self, chance: float, best: float, most: float) -> float:
        """Return the ceiling that fits best with a chance."""
        product, square = self.sums(chance)
        return min(max(product / square, best), most)

    def misfit(self, chance: float, ceiling: float) -> float:
        """Return the weighted sum of squared differences."""
        shape = _shape(chance, len(self.values))
        return math.fsum(
            weight * (value - ceiling * g) ** 2
            for weight, value, g in zip(self.weights, self.values, shape, strict=True)
        )


@lru_cache(maxsize=4096)
def _shape(chance: float, count: int) -> tuple[float, ...]:
    return tuple(1 - (1 - chance) ** tries for tries in range(1, count + 1))


def _chances(steps: int) -> list[float]:
    """Return chances from the lowest to 1, in equal ratios."""
    return [_LOWEST_CHANCE ** (1 - step / (steps - 1)) for step in range(steps)]


def _best_chance(points: _Points, best: float, most: float) -> float:
    """Return the chance of the least misfit: from a grid, then by golden section around it."""

    def misfit(chance: float) -> float:
        return points.misfit(chance, points.ceiling(chance, best, most))

    grid = _chances(_FINE)
    at = min(range(_FINE), key=lambda number: misfit(grid[number]))
    low, high = grid[max(at - 1, 0)], grid[min(at + 1, _FINE - 1)]
    ratio = (math.sqrt(5) - 1) / 2
    for _ in range(_ROUNDS):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if misfit(a) < misfit(b) else (a, high)
    return min((grid[at], (low + high) / 2), key=misfit)


def _gain(points: _Points, best: float, most: float) -> tuple[float, float, float]:
    """Return mean, lower and upper end of what one more try gains, over all that may be so."""
    count = len(points.values)
    prior = _PRIOR_TRIES * (_PRIOR_NOISE * best) ** 2
    weighed = sorted(
        (gain, (prior + misfit) ** (-(_PRIOR_TRIES + count) / 2) * best ** (_PRIOR_TRIES + count))
        for gain, misfit in _possibilities(points, best, most)
    )
    total = math.fsum(weight for _, weight in weighed)
    mean = math.fsum(gain * weight for gain, weight in weighed) / total
    low = high = weighed[-1][0]
    passed, found = 0.0, False
    for gain, weight in weighed:
        passed += weight / total
        if not found and passed >= _TAIL:
            low, found = gain, True
        if passed >= 1 - _TAIL:
            high = gain
            break
    return mean, low, high


def _possibilities(points: _Points, best: float, most: float) -> Iterator[tuple[float, float]]:
    """Yield the gain of one more try and the misfit for each chance and ceiling of a grid."""
    count = len(points.values)
    square = math.fsum(
        weight * value**2 for weight, value in zip(points.weights, points.values, strict=True)
    )
    for chance in _chances(_CHANCES):
        product, own = points.sums(chance)
        for step in range(_CEILINGS + 1):
            ceiling = best + (most - best) * step / _CEILINGS
            misfit = square - 2 * ceiling * product + ceiling**2 * own
            yield ceiling * chance * (1 - chance) ** count, max(misfit, 0.0)
