"""Shares of outcomes of a kind: correct, compiled, hacked, lazy. And mean coverage."""

from __future__ import annotations

from kerneldojo.metrics import figures
from kerneldojo.metrics.columns import Outcomes, columns_of
from kerneldojo.metrics.estimate import Estimate, estimate
from kerneldojo.metrics.intervals import DEFAULT, Resampling


def correct_rate(outcomes: Outcomes, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the share of correct solutions, by problem; equal to fast@0."""
    return estimate(figures.correct(columns_of(outcomes)), "share", resampling)


def compile_rate(outcomes: Outcomes, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the share of solutions that are neither INVALID_SOLUTION nor COMPILE_ERROR."""
    return estimate(figures.compiled(columns_of(outcomes)), "share", resampling)


def hack_rate(outcomes: Outcomes, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the share of given solutions that are HACKED."""
    return estimate(figures.hacked(columns_of(outcomes)), "share", resampling)


def lazy_rate(outcomes: Outcomes, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the share of correct solutions with the warning `low_coverage`."""
    return estimate(figures.lazy(columns_of(outcomes)), "share", resampling)


def mean_coverage(outcomes: Outcomes, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the mean coverage of correct solutions that were profiled."""
    return estimate(figures.coverage(columns_of(outcomes)), "mean", resampling)
