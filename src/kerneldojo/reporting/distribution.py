"""Counts over outcomes: the funnel of statuses, the speedups, coverage against speedup."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from kerneldojo.records import Outcome, Status
from kerneldojo.reporting.content import Band, Bin, Point, ProblemFacts, Stage

MOST_POINTS = 1200
"""More are drawn as bubbles: a page must stay light, and overlapping points hide one another."""

_STAGES: tuple[tuple[str, str, tuple[Status, ...]], ...] = (
    ("asked", "solutions that were judged", ()),
    ("valid", "define the entry point the problem asks for", (Status.INVALID_SOLUTION,)),
    ("compiles", "every kernel compiles", (Status.COMPILE_ERROR,)),
    (
        "runs",
        "no error, within time and memory",
        (Status.RUNTIME_ERROR, Status.TIMEOUT, Status.OUT_OF_MEMORY),
    ),
    (
        "right shape",
        "shapes and types are the reference's",
        (Status.WRONG_SHAPE, Status.WRONG_DTYPE),
    ),
    (
        "right value",
        "values within the tolerance, every time",
        (Status.WRONG_VALUE, Status.NONDETERMINISTIC),
    ),
    ("honest", "no fatal finding: the verdict is CORRECT", (Status.HACKED,)),
)
_SLOWEST, _FASTEST = 2.0**-7, 2.0**7
"""Speedups beyond these are drawn at the edge."""
_PER_OCTAVE = 4
_BANDS = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
_COLUMNS, _ROWS_PER_OCTAVE = 32, 3
"""Of the grid that bubbles stand on."""


def funnel(runs: Sequence[Sequence[Outcome]]) -> tuple[Stage, ...]:
    """Return how many solutions came how far, from all that were judged to those that are faster.

    A verdict of HACKED counts as lost at honesty, at whatever stage it was found.
    """
    counters = [Counter(row.status for row in rows if row.status.judged) for rows in runs]
    left = [counter.total() for counter in counters]
    stages = []
    for name, meaning, lost in _STAGES:
        left = [
            count - sum(counter[status] for status in lost)
            for count, counter in zip(left, counters, strict=True)
        ]
        stages.append(Stage(name, meaning, tuple(left)))
    faster = tuple(sum(row.speedup > 1 for row in timed(rows) if row.speedup) for rows in runs)
    stages.append(Stage("faster", "faster than the reference", faster))
    return tuple(stages)


def timed(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes with a speedup above zero."""
    return [row for row in outcomes if row.status is Status.CORRECT and row.speedup]


def histogram(runs: Sequence[Sequence[Outcome]]) -> tuple[Bin, ...]:
    """Return speedups in bins of equal width on a logarithmic axis, without empty ends."""
    counters = [Counter(_bin(row.speedup or 1) for row in timed(rows)) for rows in runs]
    used = {index for counter in counters for index in counter}
    return tuple(
        Bin(
            low=2.0 ** (index / _PER_OCTAVE),
            high=2.0 ** ((index + 1) / _PER_OCTAVE),
            counts=tuple(counter[index] for counter in counters),
        )
        for index in range(min(used, default=0), max(used, default=-1) + 1)
    )


def points(runs: Sequence[Sequence[Outcome]]) -> tuple[Point, ...]:
    """Return coverage and speedup of correct, timed solutions, gathered on a grid if too many."""
    single = [
        Point(
            run=number,
            coverage=row.coverage,
            speedup=_clip(row.speedup or 1),
            count=1,
            problem=row.problem,
            evaluation=row.evaluation,
        )
        for number, rows in enumerate(runs)
        for row in timed(rows)
        if row.coverage is not None
    ]
    return tuple(single) if len(single) <= MOST_POINTS else _gathered(single)


def bands(runs: Sequence[Sequence[Outcome]]) -> tuple[Band, ...]:
    """Return how many correct, timed solutions have how much coverage, and how fast they are."""
    return tuple(
        Band(
            low=low,
            high=high,
            counts=tuple(map(len, found)),
            means=tuple(_geometric_mean(speedups) for speedups in found),
        )
        for low, high in pairwise(_BANDS)
        for found in [[_within(rows, low, high) for rows in runs]]
    )


def statuses(problems: Sequence[ProblemFacts], runs: int) -> dict[Status, tuple[int, ...]]:
    """Return how many solutions of every run have which status; unused ones are left out."""
    counters = [Counter[Status]() for _ in range(runs)]
    for problem in problems:
        for counter, cell in zip(counters, problem.cells, strict=True):
            counter.update(cell.statuses)
    counts = {status: tuple(counter[status] for counter in counters) for status in Status}
    return {status: each for status, each in counts.items() if any(each)}


def _within(rows: Sequence[Outcome], low: float, high: float) -> list[float]:
    return [
        row.speedup
        for row in timed(rows)
        if row.speedup
        and row.coverage is not None
        and (low <= row.coverage < high or row.coverage == high == 1)
    ]


def _geometric_mean(speedups: Sequence[float]) -> float | None:
    if not speedups:
        return None
    return math.exp(math.fsum(map(math.log, speedups)) / len(speedups))


def _gathered(single: Sequence[Point]) -> tuple[Point, ...]:
    cells = Counter(
        (
            point.run,
            round(point.coverage * _COLUMNS),
            round(math.log2(point.speedup) * _ROWS_PER_OCTAVE),
        )
        for point in single
    )
    return tuple(
        Point(run, column / _COLUMNS, 2.0 ** (row / _ROWS_PER_OCTAVE), count, "", "")
        for (run, column, row), count in sorted(cells.items())
    )


def _clip(speedup: float) -> float:
    return min(max(speedup, _SLOWEST), _FASTEST)


def _bin(speedup: float) -> int:
    last = round(math.log2(_FASTEST) * _PER_OCTAVE) - 1
    return min(math.floor(math.log2(_clip(speedup)) * _PER_OCTAVE), last)
