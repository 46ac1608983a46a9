"""Samples: the values of a tensor at a few representative places.

A sample is `ROWS` rows of `COLUMNS` values, flat. Every source of a program takes its values
from tables of numbers that spread evenly over their distribution and are independent of one
another.
"""

from __future__ import annotations

import math
import random
from statistics import NormalDist

ROWS = 5
COLUMNS = 12
SIZE = ROWS * COLUMNS
_TABLES = 24


def rows(sample: list[float]) -> list[list[float]]:
    """Return the rows of a sample."""
    return [sample[at : at + COLUMNS] for at in range(0, SIZE, COLUMNS)]


def _tables() -> tuple[tuple[float, ...], ...]:
    """Return tables of numbers in (0, 1), one from each twelfth in each row, in random order.

    So the mean of a sampled row varies about as little as that of a row of a thousand. `random()`
    alone gives the same numbers in every version of Python.
    """
    rng = random.Random(20)
    tables = []
    for _ in range(_TABLES):
        table: list[float] = []
        for _ in range(ROWS):
            row = [(place + rng.random()) / COLUMNS for place in range(COLUMNS)]
            table += sorted(row, key=lambda _: rng.random())
        tables.append(tuple(table))
    return tuple(tables)


_UNIFORM = _tables()
_NORMAL = tuple(tuple(map(NormalDist().inv_cdf, table)) for table in _UNIFORM)


def uniform(slot: int) -> list[float]:
    """Return a sample of the uniform distribution on (0, 1)."""
    return list(_UNIFORM[slot % _TABLES])


def normal(slot: int) -> list[float]:
    """Return a sample of the standard normal distribution."""
    return list(_NORMAL[slot % _TABLES])


def mean(sample: list[float]) -> float:
    """Return the mean."""
    return sum(sample) / len(sample)


def mean_size(sample: list[float]) -> float:
    """Return the mean absolute value."""
    return sum(map(abs, sample)) / len(sample)


def rms(sample: list[float]) -> float:
    """Return the root mean square."""
    return math.hypot(*sample) / math.sqrt(len(sample))


def spread(sample: list[float]) -> float:
    """Return the standard deviation."""
    return distance(sample, [mean(sample)] * len(sample))


def distance(first: list[float], second: list[float]) -> float:
    """Return the root mean square of the differences."""
    return math.dist(first, second) / math.sqrt(len(first))
