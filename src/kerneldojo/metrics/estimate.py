"""A figure with its interval, made from one figure per problem."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from kerneldojo.metrics.columns import Floats
from kerneldojo.metrics.intervals import DEFAULT, Resampling, bootstrap_intervals, wilson
from kerneldojo.records.base import Record

Kind = Literal["share", "mean", "geometric"]
"""What the figures are: shares between 0 and 1, plain values, or logarithms."""

_ROUNDING = 1e-12
"""Figures that differ by less than this share of the largest are equal but for rounding."""


class Estimate(Record):
    """A mean over problems."""

    value: float | None = None
    """None if no problem has a figure."""
    low: float | None = None
    """Lower end of the interval; None if there is none: with one problem, or if all agree."""
    high: float | None = None
    problems: int = 0
    """How many problems have a figure."""
    method: Literal["bootstrap", "wilson"] | None = None
    """Where the interval comes from."""


def estimate(
    figures: Floats, kind: Kind = "mean", resampling: Resampling | None = DEFAULT
) -> Estimate:
    """Return the mean of one statistic; see `estimates`."""
    [single] = estimates([figures], [kind], resampling)
    return single


def estimates(
    figures: Sequence[Floats], kinds: Sequence[Kind], resampling: Resampling | None = DEFAULT
) -> list[Estimate]:
    """Return the means of several statistics of the same problems, with intervals.

    Where all problems agree (0 of 20 correct), the bootstrap's interval has no width, which says
    nothing. A share then gets Wilson's with one trial per problem, any other mean none.

    Args:
        figures: for each statistic one figure per problem, NaN where it has none.
        kinds: what each statistic is.
        resampling: how intervals are made; None leaves them out.
    """
    table = np.stack(list(figures), axis=1)
    ends = None if resampling is None else bootstrap_intervals(table, resampling)
    return [
        _one(table[:, column], kind, None if ends is None else ends[:, column], resampling)
        for column, kind in enumerate(kinds)
    ]


def _one(
    figures: Floats, kind: Kind, ends: Floats | None, resampling: Resampling | None
) -> Estimate:
    present = figures[~np.isnan(figures)]
    count = len(present)
    if not count:
        return Estimate()
    value = float(present.mean())
    shown = math.exp if kind == "geometric" else float
    if ends is None or resampling is None:
        return Estimate(value=shown(value), problems=count)
    agreed = float(np.ptp(present)) <= _ROUNDING * float(np.abs(present).max())
    if kind == "share" and agreed:
        low, high = wilson(value, count, resampling.confidence)
        return Estimate(value=value, low=low, high=high, problems=count, method="wilson")
    if agreed or np.isnan(ends).any():
        return Estimate(value=shown(value), problems=count)
    low, high = shown(float(ends[0])), shown(float(ends[1]))
    return Estimate(value=shown(value), low=low, high=high, problems=count, method="bootstrap")
