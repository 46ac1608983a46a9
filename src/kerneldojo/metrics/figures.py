"""One figure per problem, NaN where a problem has none: what every estimate is a mean of.

A figure is the mean over a problem's samples, so that a problem counts once however many samples
it has.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from kerneldojo.errors import UsageError
from kerneldojo.metrics.columns import Bools, Columns, Floats

Failures = Literal["left_out", "reference", "zero"]
"""What a solution that is not correct contributes to a mean speedup: nothing, 1 (PyTorch would be
used instead) or 0."""


def faster_than(columns: Columns, p: float, *, lower_bound: bool = False) -> Bools:
    """Return for each outcome whether it is correct and its speedup is above `p`.

    A speedup of exactly `p` is not above it. A correct solution that was not timed is above
    nothing but a `p` of 0 or less.

    Raises:
        UsageError: if `p` is not a number.
    """
    check_threshold(p)
    speedup = columns.speedup_low if lower_bound else columns.speedup
    with np.errstate(invalid="ignore"):
        return columns.correct if p <= 0 else columns.correct & (speedup > p)


def check_threshold(p: float) -> None:
    """Refuse a p that nothing can be above or below.

    Raises:
        UsageError: if it is not a number.
    """
    if np.isnan(p):
        raise UsageError("p of fast@p is not a number; give one ≥ 0, such as 1.2.")


def fast(columns: Columns, p: float, *, lower_bound: bool = False) -> Floats:
    """Return the share of each problem's scored samples that are correct and faster than `p`.

    Where correct samples were found and none of them was timed, no problem has a figure for a
    `p` above 0: zero would say that they are slow.
    """
    if p > 0 and columns.correct.any() and np.isnan(columns.speedup).all():
        return np.full(len(columns.names), np.nan)
    success = faster_than(columns, p, lower_bound=lower_bound)
    return columns.or_failed(columns.mean_by_problem(success, columns.scored))


def correct(columns: Columns) -> Floats:
    """Return the share of each problem's scored samples that are correct."""
    return columns.or_failed(columns.mean_by_problem(columns.correct, columns.scored))


def compiled(columns: Columns) -> Floats:
    """Return the share of each problem's scored samples that are no compile or source error."""
    return columns.or_failed(columns.mean_by_problem(columns.compiled, columns.scored))


def hacked(columns: Columns) -> Floats:
    """Return the share of each problem's scored samples that are HACKED; none of a missing one."""
    return columns.mean_by_problem(columns.hacked, columns.scored)


def lazy(columns: Columns) -> Floats:
    """Return the share of each problem's correct samples that leave most work to the library."""
    return columns.mean_by_problem(columns.lazy, columns.correct)


def coverage(columns: Columns) -> Floats:
    """Return the mean coverage of each problem's correct and profiled samples."""
    return columns.mean_by_problem(columns.coverage, columns.correct & ~np.isnan(columns.coverage))


def speedup(columns: Columns, failures: Failures, *, logarithm: bool) -> Floats:
    """Return the mean speedup, or log speedup, of each problem's samples.

    Correct samples that were not timed are left out.

    Raises:
        UsageError: if a zero is to have a logarithm.
    """
    timed = columns.correct & (columns.speedup > 0)
    if failures == "left_out":
        among, values = timed, columns.speedup
    else:
        if logarithm and failures == "zero":
            raise UsageError(
                "A geometric mean with a zero in it is zero; count failures as 'reference' or "
                "'left_out', or take the arithmetic mean."
            )
        among = timed | (columns.scored & ~columns.correct)
        values = np.where(columns.correct, columns.speedup, 1.0 if failures == "reference" else 0.0)
    values = np.log(values, where=among, out=np.zeros(len(values))) if logarithm else values
    figures = columns.mean_by_problem(values, among)
    if failures == "left_out":
        return figures
    return columns.or_failed(figures, 1.0 if failures == "reference" and not logarithm else 0.0)
