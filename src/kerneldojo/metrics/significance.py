"""Exact and permutation tests of paired differences, and Holm's correction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from kerneldojo.errors import UsageError
from kerneldojo.metrics.columns import Floats
from kerneldojo.records.base import Record

_ENUMERATED = 16
"""Up to as many differences all sign patterns are tried: 65,536."""
_SAMPLED = 20_000
"""Sign patterns drawn where there are more."""


class Significance(Record):
    """How surprising a paired difference would be if neither side were better."""

    p_value: float | None = None
    """Two-sided; None if there is nothing to compare."""
    test: Literal["mcnemar", "sign_flip", "sampled_sign_flip"] | None = None
    differing: int = 0
    """Pairs that differ: the others carry no information."""


def mcnemar(wins: int, losses: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: a binomial test of ½.

    Raises:
        UsageError: if a count is negative.
    """
    if wins < 0 or losses < 0:
        raise UsageError(f"{wins} wins and {losses} losses: counts cannot be negative.")
    count = wins + losses
    term = tail = 1
    for index in range(min(wins, losses)):
        term = term * (count - index) // (index + 1)
        tail += term
    return float(min(1.0, 2 * tail / 2**count))


def paired_test(differences: Floats, seed: int = 0) -> Significance:
    """Test whether paired differences are symmetric about zero.

    If neither side is better, each difference might as well have the opposite sign. Where all
    differ by the same amount (one sample a problem, right or wrong) that is McNemar's exact
    test; otherwise all sign patterns are tried, or 20,000 random ones where there are too many.

    Args:
        differences: one per pair; NaN where there is none.
        seed: of the generator of random sign patterns.
    """
    given = differences[~np.isnan(differences)]
    if not len(given):
        return Significance()
    moved = given[given != 0]
    size = np.abs(moved)
    if not len(moved) or np.ptp(size) <= 1e-12 * size.max():
        wins = int((moved > 0).sum())
        p_value = mcnemar(wins, len(moved) - wins)
        return Significance(p_value=p_value, test="mcnemar", differing=len(moved))
    # Rounding must not make a pattern with the same sum look less extreme.
    least = abs(float(moved.sum())) - 1e-9 * float(size.sum())
    if len(moved) <= _ENUMERATED:
        patterns = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        share = float((np.abs((1 - 2 * patterns) @ size) >= least).mean())
        return Significance(p_value=share, test="sign_flip", differing=len(moved))
    extreme = _sampled_extremes(size, least, seed)
    p_value = (extreme + 1) / (_SAMPLED + 1)
    return Significance(p_value=p_value, test="sampled_sign_flip", differing=len(moved))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p-values corrected for their number (Holm 1979); None stays None.

    Source: S. Holm, *A simple sequentially rejective multiple test procedure*, 1979.
    """
    present = sorted((value, index) for index, value in enumerate(p_values) if value is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (value, index) in enumerate(present):
        largest = max(largest, min(1.0, value * (len(present) - rank)))
        corrected[index] = largest
    return corrected


def _sampled_extremes(size: Floats, least: float, seed: int) -> int:
    generator = np.random.default_rng(seed)
    rows = max(1, 4_000_000 // len(size))
    edges = [*range(0, _SAMPLED, rows), _SAMPLED]
    extreme = 0
    for start, end in pairwise(edges):
        signs = generator.integers(0, 2, size=(end - start, len(size)), dtype=np.int8)
        extreme += int((np.abs((1.0 - 2.0 * signs) @ size) >= least).sum())
    return extreme
