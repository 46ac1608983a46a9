"""Intervals: bootstrap over problems, and Wilson's for a share.

Problems are drawn, not samples: samples of one problem resemble each other, and the question is
how a figure would come out on other problems of the kind (a cluster bootstrap; Efron and
Tibshirani, *An Introduction to the Bootstrap*, 1993, chapters 13 and 14).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from kerneldojo.errors import UsageError
from kerneldojo.metrics.columns import Floats

_CELLS = 2_000_000
"""Resample counts held at a time: few enough for the processor's caches and any memory."""


@dataclass(frozen=True)
class Resampling:
    """How bootstrap intervals are made.

    Raises:
        UsageError: if `resamples` is below 1 or `confidence` not between 0 and 1.
    """

    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 0
    """Of the generator: equal seeds give equal intervals."""
    method: Literal["percentile", "bca"] = "percentile"

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise UsageError(f"resamples = {self.resamples}: at least 1 is needed, 2000 is usual.")
        if not 0 < self.confidence < 1:
            raise UsageError(f"confidence = {self.confidence}: it lies between 0 and 1, e.g. 0.95.")


DEFAULT = Resampling()


def bootstrap_means(figures: Floats, resampling: Resampling = DEFAULT) -> Floats:
    """Return the means of resampled problems.

    Args:
        figures: problems × statistics; NaN where a problem has no figure.
        resampling: how many resamples and under which seed.

    Returns:
        resamples × statistics; NaN where no drawn problem has a figure. All statistics of one
        row come from the same problems.
    """
    problems = len(figures)
    present = ~np.isnan(figures)
    filled = np.where(present, figures, 0.0)
    # Many statistics have figures for the same problems: their counts are taken once.
    patterns, which = np.unique(present, axis=1, return_inverse=True)
    generator = np.random.default_rng(resampling.seed)
    means = np.full((resampling.resamples, figures.shape[1]), np.nan)
    rows = max(1, _CELLS // max(problems, 1))
    for start in range(0, resampling.resamples if problems else 0, rows):
        some = means[start : start + rows]
        drawn = generator.integers(0, problems, size=(len(some), problems))
        # A problem's number of draws is its weight: a product of matrices gives all statistics.
        weights = np.empty(drawn.shape)
        for row, numbers in zip(weights, drawn, strict=True):
            row[:] = np.bincount(numbers, minlength=problems)
        counts = (weights @ patterns.astype(float))[:, which]
        np.divide(weights @ filled, counts, out=some, where=counts > 0)
    return means


def bootstrap_intervals(figures: Floats, resampling: Resampling = DEFAULT) -> Floats:
    """Return the lower and upper ends of the means' intervals.

    Args:
        figures: problems × statistics; NaN where a problem has no figure.
        resampling: number, confidence, seed and method.

    Returns:
        2 × statistics; NaN for a statistic with figures for fewer than two problems, as one
        problem says nothing of how problems differ.
    """
    tail = (1 - resampling.confidence) / 2
    means = bootstrap_means(figures, resampling)
    ends = np.full((2, figures.shape[1]), np.nan)
    for column in range(figures.shape[1]):
        present = figures[~np.isnan(figures[:, column]), column]
        if len(present) < 2:
            continue
        drawn = means[~np.isnan(means[:, column]), column]
        levels = (tail, 1 - tail)
        if resampling.method == "bca":
            levels = _accelerated(levels, present, drawn)
        ends[:, column] = np.quantile(drawn, levels)
    return ends


def _accelerated(
    levels: tuple[float, float], figures: Floats, drawn: Floats
) -> tuple[float, float]:
    """Correct quantile levels for bias and skewness (Efron 1987, BCa)."""
    normal = NormalDist()
    count = len(figures)
    mean = figures.mean()
    # The jackknife's mean without problem i differs by (mean − figure) ÷ (count − 1).
    influence = (figures - mean) / (count - 1)
    spread = float((influence**2).sum())
    below = float((drawn < mean).mean() + (drawn == mean).mean() / 2)
    if spread == 0 or not 0 < below < 1:
        return levels
    bias = normal.inv_cdf(below)
    acceleration = float((influence**3).sum()) / (6 * spread**1.5)

    def corrected(level: float) -> float:
        shifted = bias + normal.inv_cdf(level)
        return normal.cdf(bias + shifted / (1 - acceleration * shifted))

    return corrected(levels[0]), corrected(levels[1])


def wilson(share: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a share.

    Args:
        share: successes ÷ count.
        count: how many independent things the share is of.
        confidence: between 0 and 1.

    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical
    inference*, 1927.

    Raises:
        UsageError: if `share` is not a share or `count` is below 1.
    """
    if not 0 <= share <= 1 or count < 1:
        raise UsageError(f"share {share} of {count}: needs 0 ≤ share ≤ 1 and a count ≥ 1.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = (
        z
        / (1 + z * z / count)
        * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    )
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))
