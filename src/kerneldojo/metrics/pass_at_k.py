"""pass@k and what follows from it: the chance that one of k samples succeeds."""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np

from kerneldojo.errors import UsageError
from kerneldojo.metrics.columns import Bools, Columns, Floats, Outcomes, columns_of
from kerneldojo.metrics.estimate import Estimate, estimate
from kerneldojo.metrics.figures import faster_than
from kerneldojo.metrics.intervals import DEFAULT, Resampling


@cache
def pass_probability(samples: int, successes: int, k: int) -> float:
    """Return the unbiased estimate of pass@k for one problem: 1 − C(n−c, k) ÷ C(n, k).

    Source: Chen et al., *Evaluating Large Language Models Trained on Code*, 2021.

    Raises:
        UsageError: unless 0 ≤ successes ≤ samples and 1 ≤ k ≤ samples.
    """
    if not 0 <= successes <= samples or not 1 <= k <= samples:
        raise UsageError(
            f"pass@{k} of {successes} successes among {samples} samples cannot be estimated: "
            "it needs 1 ≤ k ≤ samples."
        )
    return 1 - comb(samples - successes, k) / comb(samples, k)


def pass_at_k(outcomes: Outcomes, k: int, resampling: Resampling | None = DEFAULT) -> Estimate:
    """Return the mean over problems of pass@k, where correct solutions succeed.

    Problems with fewer than k scored samples are left out; `Estimate.problems` tells how many
    remain. Missing problems fail.

    Raises:
        UsageError: if k is below 1.
    """
    columns = columns_of(outcomes)
    return estimate(pass_figures(columns, columns.correct, k), "share", resampling)


def fast_p_at_k(
    outcomes: Outcomes, p: float, k: int, resampling: Resampling | None = DEFAULT
) -> Estimate:
    """Return fast@p for the best of k samples: pass@k where correct with speedup > p succeeds.

    Raises:
        UsageError: if k is below 1 or p is not a number.
    """
    columns = columns_of(outcomes)
    return estimate(pass_figures(columns, faster_than(columns, p), k), "share", resampling)


def best_speedup_at_k(
    outcomes: Outcomes, k: int, resampling: Resampling | None = DEFAULT
) -> Estimate:
    """Return the geometric mean speedup of who draws k samples and uses the fastest.

    PyTorch is used where no drawn sample is correct and faster, so each problem counts at least
    1. The expectation over all choices of k among a problem's n scored samples is exact.

    Raises:
        UsageError: if k is below 1.
    """
    _check(k)
    columns = columns_of(outcomes)
    usable = faster_than(columns, 1.0)
    gains = np.log(columns.speedup, where=usable, out=np.zeros(len(usable)))
    logs = np.full(len(columns.names), np.nan)
    for problem, members in _members(columns):
        ordered = np.sort(gains[members])
        n = len(ordered)
        if n >= k:
            # The i-th smallest (from 1) is the largest of k in C(i−1, k−1) of C(n, k) choices.
            weights = [comb(i, k - 1) / comb(n, k) for i in range(n)]
            logs[problem] = float(ordered @ np.array(weights))
    return estimate(columns.or_failed(logs), "geometric", resampling)


def pass_figures(columns: Columns, success: Bools, k: int) -> Floats:
    """Return each problem's pass@k, NaN where it has fewer than k scored samples.

    Raises:
        UsageError: if k is below 1.
    """
    _check(k)
    size = len(columns.names)
    samples = np.bincount(columns.problem[columns.scored], minlength=size)
    successes = np.bincount(columns.problem[columns.scored & success], minlength=size)
    figures = np.array(
        [
            pass_probability(int(n), int(c), k) if n >= k else np.nan
            for n, c in zip(samples, successes, strict=True)
        ],
        dtype=float,
    )
    return columns.or_failed(figures)


def _members(columns: Columns) -> list[tuple[int, Floats]]:
    """Return each problem's scored outcomes, as indices."""
    chosen = np.flatnonzero(columns.scored)
    order = chosen[np.argsort(columns.problem[chosen], kind="stable")]
    numbers, starts = np.unique(columns.problem[order], return_index=True)
    return list(zip(map(int, numbers), np.split(order, starts[1:]), strict=True))


def _check(k: int) -> None:
    if k < 1:
        raise UsageError(f"k = {k}: pass@k needs a whole number ≥ 1.")
