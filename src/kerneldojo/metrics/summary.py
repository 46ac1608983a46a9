"""All figures of a run in one record: what tables, reports and `--json` show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kerneldojo.metrics import figures
from kerneldojo.metrics.columns import Columns, Floats
from kerneldojo.metrics.estimate import Estimate, Kind, estimates
from kerneldojo.metrics.fast import THRESHOLDS
from kerneldojo.metrics.figures import check_threshold
from kerneldojo.metrics.intervals import DEFAULT, Resampling
from kerneldojo.metrics.pass_at_k import pass_figures
from kerneldojo.metrics.selection import Key, group_name, last_turns
from kerneldojo.metrics.speedup import speedup_quantiles
from kerneldojo.records import Outcome, Problem, Status
from kerneldojo.records.base import Record

FORMAT = "kerneldojo.summary/1"
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


class FastAt(Record):
    """fast@p for one p."""

    p: float
    estimate: Estimate


class PassAt(Record):
    """pass@k for one k."""

    k: int
    estimate: Estimate


class Quantile(Record):
    """The speedup that a share of the problems stays below."""

    level: float
    speedup: float | None


class GroupSummary(Record):
    """The figures of all outcomes, or of those of one level, family or target."""

    name: str
    """`all`, or for example `level 1` or `family norm`."""
    problems: int
    """Problems asked for: scored, unscored and missing ones."""
    scored: int
    """Problems with at least one outcome that says something about a solution."""
    unscored: int
    """Problems whose every evaluation failed through our fault or the problem's own."""
    missing: int
    """Problems no solution was given for."""
    outcomes: int
    unscored_outcomes: int
    """Outcomes left out of every figure because they say nothing about the solution."""
    untimed: int
    """Correct solutions without a speedup: they count as correct, and as no faster than any p
    above 0."""
    statuses: dict[Status, int]
    fast: tuple[FastAt, ...]
    correct: Estimate
    compiled: Estimate
    hacked: Estimate
    lazy: Estimate
    coverage: Estimate
    speedup: Estimate
    """Geometric mean over correct, timed solutions."""
    speedup_or_reference: Estimate
    """Geometric mean with 1 for every failure."""
    quantiles: tuple[Quantile, ...]
    pass_at: tuple[PassAt, ...]
    """Powers of two up to the number of samples; empty where there is one sample a problem."""
    seconds: float
    """Wall-clock seconds of all evaluations added up; equal solutions share one."""


class Summary(Record):
    """All figures of a run, and how they were made."""

    format: str = FORMAT
    confidence: float
    resamples: int
    seed: int
    missing_fail: bool
    """Whether problems without a solution count as failures, as with KernelBench."""
    lower_bound: bool
    """Whether fast@p asks for the lower end of a speedup's interval to be above p."""
    all: GroupSummary
    groups: tuple[GroupSummary, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a summary is to contain.

    Raises:
        UsageError: if a threshold is not a number.
    """

    thresholds: Sequence[float] = THRESHOLDS
    """The p of fast@p."""
    by: Sequence[Key] = ("level",)
    """Groups to show besides all."""
    missing_fail: bool = True
    """Whether problems without a solution count as failures."""
    lower_bound: bool = False
    """Whether fast@p asks for the lower end of a speedup's interval to be above p."""
    resampling: Resampling = DEFAULT

    def __post_init__(self) -> None:
        for p in self.thresholds:
            check_threshold(p)


def summarise(
    outcomes: Iterable[Outcome],
    missing: Iterable[Problem] = (),
    plan: Plan | None = None,
) -> Summary:
    """Return all figures of a run.

    Trajectories stand with their last turns.

    Args:
        outcomes: of the run.
        missing: problems that were asked for and that no solution was given for.
        plan: what to show; the defaults if left out.
    """
    plan = plan or Plan()
    rows = last_turns(outcomes)
    answered = {row.problem for row in rows}
    absent = [problem for problem in missing if problem.name not in answered]
    groups = []
    for key in plan.by:
        names = {group_name(getattr(row, key)) for row in rows}
        names |= {group_name(found) for one in absent if (found := _of(one, key)) is not None}
        for name in sorted(names - {""}):
            members = [row for row in rows if group_name(getattr(row, key)) == name]
            without = [one for one in absent if group_name(_of(one, key)) == name]
            groups.append(_summarise_group(f"{key} {name}", members, without, plan))
    return Summary(
        confidence=plan.resampling.confidence,
        resamples=plan.resampling.resamples,
        seed=plan.resampling.seed,
        missing_fail=plan.missing_fail,
        lower_bound=plan.lower_bound,
        all=_summarise_group("all", rows, absent, plan),
        groups=tuple(groups),
    )


_STATISTICS: dict[str, tuple[Callable[[Columns], Floats], Kind]] = {
    "correct": (figures.correct, "share"),
    "compiled": (figures.compiled, "share"),
    "hacked": (figures.hacked, "share"),
    "lazy": (figures.lazy, "share"),
    "coverage": (figures.coverage, "mean"),
    "speedup": (
        lambda columns: figures.speedup(columns, "left_out", logarithm=True),
        "geometric",
    ),
    "speedup_or_reference": (
        lambda columns: figures.speedup(columns, "reference", logarithm=True),
        "geometric",
    ),
}


def _summarise_group(
    name: str, rows: Sequence[Outcome], absent: Sequence[Problem], plan: Plan
) -> GroupSummary:
    missing = {problem.name for problem in absent}
    columns = Columns.of(rows, missing if plan.missing_fail else ())
    scored = {row.problem for row in rows if row.status.judged}
    answered = {row.problem for row in rows}
    powers = _powers(columns)
    curve = [figures.fast(columns, p, lower_bound=plan.lower_bound) for p in plan.thresholds]
    curve += [pass_figures(columns, columns.correct, k) for k in powers]
    shares: list[Kind] = ["share" for _ in curve]
    # One call, so that all figures come from the same resamples, drawn once.
    found = iter(
        estimates(
            [*curve, *(figure(columns) for figure, _ in _STATISTICS.values())],
            [*shares, *(kind for _, kind in _STATISTICS.values())],
            plan.resampling,
        )
    )
    levels = speedup_quantiles(columns, QUANTILES)
    return GroupSummary(
        name=name,
        problems=len(answered | missing),
        scored=len(scored),
        unscored=len(answered - scored),
        missing=len(missing),
        outcomes=len(rows),
        unscored_outcomes=int((~columns.scored).sum()),
        untimed=sum(row.status is Status.CORRECT and row.speedup is None for row in rows),
        statuses=dict(sorted(Counter(row.status for row in rows).items())),
        fast=tuple(FastAt(p=p, estimate=next(found)) for p in plan.thresholds),
        pass_at=tuple(PassAt(k=k, estimate=next(found)) for k in powers),
        quantiles=tuple(
            Quantile(level=level, speedup=value)
            for level, value in zip(QUANTILES, levels, strict=True)
        ),
        seconds=sum({row.evaluation: row.seconds for row in rows}.values()),
        **dict(zip(_STATISTICS, found, strict=True)),
    )


def _powers(columns: Columns) -> list[int]:
    """Return the k of pass@k: powers of two up to the largest number of scored samples."""
    most = int(np.bincount(columns.problem[columns.scored]).max(initial=0))
    return [2**power for power in range(most.bit_length())] if most > 1 else []


def _of(problem: Problem, key: Key) -> str | int | None:
    """Return a missing problem's group; its target is not known."""
    if key == "level":
        return problem.metadata.level
    return problem.family if key == "family" else None
