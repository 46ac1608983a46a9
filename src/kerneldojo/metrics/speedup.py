"""Speedups of many solutions in one figure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kerneldojo.errors import UsageError
from kerneldojo.metrics import figures
from kerneldojo.metrics.columns import Outcomes, columns_of
from kerneldojo.metrics.estimate import Estimate, estimate
from kerneldojo.metrics.figures import Failures
from kerneldojo.metrics.intervals import DEFAULT, Resampling


def geometric_mean_speedup(
    outcomes: Outcomes,
    failures: Failures = "left_out",
    resampling: Resampling | None = DEFAULT,
) -> Estimate:
    """Return the geometric mean over problems of the geometric mean over samples.

    Args:
        outcomes: as for `fast_p`.
        failures: `left_out` takes correct and timed solutions only; `reference` counts every
            failure as 1, for who would use PyTorch instead. Both are used with KernelBench.
        resampling: how the interval is made; None leaves it out.

    Raises:
        UsageError: if failures are to count as zero.
    """
    logs = figures.speedup(columns_of(outcomes), failures, logarithm=True)
    return estimate(logs, "geometric", resampling)


def mean_speedup(
    outcomes: Outcomes, failures: Failures = "zero", resampling: Resampling | None = DEFAULT
) -> Estimate:
    """Return the arithmetic mean over problems; failures count 0 unless told otherwise."""
    means = figures.speedup(columns_of(outcomes), failures, logarithm=False)
    return estimate(means, "mean", resampling)


def speedup_quantiles(
    outcomes: Outcomes, levels: Sequence[float] = (0.25, 0.5, 0.75)
) -> list[float | None]:
    """Return quantiles over problems of the geometric mean of their correct, timed samples.

    Raises:
        UsageError: if a level is not between 0 and 1.
    """
    for level in levels:
        if not 0 <= level <= 1:
            raise UsageError(f"quantile {level}: levels lie between 0 and 1.")
    logs = figures.speedup(columns_of(outcomes), "left_out", logarithm=True)
    present = logs[~np.isnan(logs)]
    if not len(present):
        return [None for _ in levels]
    return [float(value) for value in np.exp(np.quantile(present, levels))]
