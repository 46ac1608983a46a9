"""Outcomes as arrays: read once, used by every metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerneldojo.records import FindingKind, Outcome, Status

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_NOT_COMPILED = (Status.INVALID_SOLUTION, Status.COMPILE_ERROR)


@dataclass(frozen=True)
class Columns:
    """One element per outcome, except for `names` and `missing`: one per problem."""

    names: tuple[str, ...]
    missing: Bools
    """Problems without any solution that count as failures."""
    problem: NDArray[np.intp]
    """Index of the outcome's problem in `names`."""
    scored: Bools
    """Whether the status says anything about the solution."""
    correct: Bools
    compiled: Bools
    hacked: Bools
    lazy: Bools
    """Correct, with a warning that library operators take most of the time."""
    speedup: Floats
    """NaN unless correct and timed; likewise its lower bound."""
    speedup_low: Floats
    coverage: Floats
    """NaN unless measured."""

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], missing: Iterable[str] = ()) -> Columns:
        """Read outcomes.

        Args:
            outcomes: in any order.
            missing: names of problems for which no solution was given and which are to count as
                failures. Those that do have an outcome are left as they are.
        """
        rows = list(outcomes)
        names = sorted({row.problem for row in rows})
        absent = sorted(set(missing) - set(names))
        number = {name: index for index, name in enumerate(names)}
        status = [row.status for row in rows]
        correct = _bools(one is Status.CORRECT for one in status)
        return cls(
            names=(*names, *absent),
            missing=np.array([False] * len(names) + [True] * len(absent), dtype=np.bool_),
            problem=np.array([number[row.problem] for row in rows], dtype=np.intp),
            scored=_bools(one.judged for one in status),
            correct=correct,
            compiled=_bools(one.judged and one not in _NOT_COMPILED for one in status),
            hacked=_bools(one is Status.HACKED for one in status),
            lazy=correct & _bools(FindingKind.LOW_COVERAGE in row.findings for row in rows),
            speedup=np.where(correct, _floats(row.speedup for row in rows), np.nan),
            speedup_low=np.where(correct, _floats(row.speedup_low for row in rows), np.nan),
            coverage=_floats(row.coverage for row in rows),
        )

    def mean_by_problem(self, values: Floats | Bools, among: Bools) -> Floats:
        """Return each problem's mean of `values` over its outcomes in `among`; NaN without any."""
        count = np.bincount(self.problem[among], minlength=len(self.names))
        total = np.bincount(
            self.problem[among], weights=values[among].astype(float), minlength=len(self.names)
        )
        means: Floats = np.full(len(self.names), np.nan)
        np.divide(total, count, out=means, where=count > 0)
        return means

    def or_failed(self, figures: Floats, failure: float = 0.0) -> Floats:
        """Return figures by problem in which missing problems have that of a failure."""
        return np.where(self.missing, failure, figures)


Outcomes = Sequence[Outcome] | Columns
"""What every metric takes; reading the columns once saves time where many are computed."""


def columns_of(outcomes: Outcomes) -> Columns:
    """Return the columns of outcomes, whichever form they come in."""
    return outcomes if isinstance(outcomes, Columns) else Columns.of(outcomes)


def _bools(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, dtype=np.bool_)


def _floats(values: Iterable[float | None]) -> Floats:
    return np.fromiter((np.nan if value is None else value for value in values), dtype=np.float64)
