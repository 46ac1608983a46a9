"""Two runs against each other, problem by problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from kerneldojo.metrics import figures
from kerneldojo.metrics.columns import Columns, Floats
from kerneldojo.metrics.estimate import Estimate, Kind, estimates
from kerneldojo.metrics.fast import THRESHOLDS
from kerneldojo.metrics.intervals import DEFAULT, Resampling
from kerneldojo.metrics.selection import first_samples, last_turns
from kerneldojo.metrics.significance import Significance, holm, paired_test
from kerneldojo.records import Outcome, Status
from kerneldojo.records.base import Record


class FastDifference(Record):
    """fast@p of both runs on their common problems."""

    p: float
    a: float | None
    b: float | None
    difference: Estimate
    """a − b, with a paired bootstrap interval."""
    significance: Significance
    p_value_holm: float | None
    """The p-value, corrected for the number of thresholds compared."""


class Comparison(Record):
    """What speaks for run `a` against run `b`."""

    problems: int
    """Problems scored in both, on which everything here rests."""
    only_a: tuple[str, ...]
    """Problems scored in `a` alone; they are left out."""
    only_b: tuple[str, ...]
    fast: tuple[FastDifference, ...]
    speedup_ratio: Estimate
    """Geometric mean of a ÷ b over problems where both have a correct, timed solution."""
    speedup_significance: Significance
    wins: int
    """Problems where only a's first sample is correct, or its speedup's interval lies wholly
    above b's."""
    losses: int
    ties: int
    """Both correct and neither clearly faster."""
    both_failed: int


def compare(
    a: Sequence[Outcome],
    b: Sequence[Outcome],
    thresholds: Sequence[float] = THRESHOLDS,
    resampling: Resampling = DEFAULT,
) -> Comparison:
    """Compare two runs on the problems that both have a scored solution for.

    Trajectories stand with their last turns. Everything is paired: problems differ far more from
    one another than runs do on one problem. What has no answer in one run has no pair and is left
    out, although a missing problem is a failure in the figures of a single run.

    Args:
        a: outcomes of one run.
        b: outcomes of another.
        thresholds: the p for which fast@p is compared; p-values are corrected for their number.
        resampling: how intervals are made.

    Raises:
        UsageError: if a threshold is not a number.
    """
    rows_a, rows_b = _scored(last_turns(a)), _scored(last_turns(b))
    names_a, names_b = ({row.problem for row in rows} for rows in (rows_a, rows_b))
    common = names_a & names_b
    rows_a = [row for row in rows_a if row.problem in common]
    rows_b = [row for row in rows_b if row.problem in common]
    columns = Columns.of(rows_a), Columns.of(rows_b)
    logs = [figures.speedup(side, "left_out", logarithm=True) for side in columns]
    ratio = logs[0] - logs[1]
    pairs = [[figures.fast(side, p) for side in columns] for p in thresholds]
    differences = [first - second for first, second in pairs]
    kinds: list[Kind] = ["mean" for _ in pairs]
    *differing, speedup_ratio = estimates([*differences, ratio], [*kinds, "geometric"], resampling)
    tests = [paired_test(difference, resampling.seed) for difference in differences]
    corrected = holm([test.p_value for test in tests])
    wins, losses, ties, both_failed = _duels(rows_a, rows_b)
    return Comparison(
        problems=len(common),
        only_a=tuple(sorted(names_a - names_b)),
        only_b=tuple(sorted(names_b - names_a)),
        fast=tuple(
            FastDifference(
                p=p,
                a=_mean(pair[0]),
                b=_mean(pair[1]),
                difference=difference,
                significance=test,
                p_value_holm=holm_value,
            )
            for p, pair, difference, test, holm_value in zip(
                thresholds, pairs, differing, tests, corrected, strict=True
            )
        ),
        speedup_ratio=speedup_ratio,
        speedup_significance=paired_test(ratio, resampling.seed),
        wins=wins,
        losses=losses,
        ties=ties,
        both_failed=both_failed,
    )


def _scored(outcomes: Iterable[Outcome]) -> list[Outcome]:
    return [row for row in outcomes if row.status.judged]


def _mean(values: Floats) -> float | None:
    return float(np.mean(values)) if len(values) and not np.isnan(values).any() else None


def _duels(a: Sequence[Outcome], b: Sequence[Outcome]) -> tuple[int, int, int, int]:
    """Return wins, losses, ties and common failures of the first samples."""
    rivals = {row.problem: row for row in first_samples(b)}
    wins = losses = ties = both_failed = 0
    for one in {row.problem: row for row in first_samples(a)}.values():
        other = rivals[one.problem]
        mine, theirs = (row.status is Status.CORRECT for row in (one, other))
        if not mine and not theirs:
            both_failed += 1
        elif (mine and not theirs) or _clearly_faster(one, other):
            wins += 1
        elif (theirs and not mine) or _clearly_faster(other, one):
            losses += 1
        else:
            ties += 1
    return wins, losses, ties, both_failed


def _clearly_faster(one: Outcome, other: Outcome) -> bool:
    low, high = one.speedup_low, other.speedup_high
    return low is not None and high is not None and low > high
