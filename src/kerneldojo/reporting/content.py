"""What a report says, in whatever format it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kerneldojo.metrics import Comparison, Curve, Estimate, Summary
from kerneldojo.records import FindingKind, Outcome, Severity, Status

FORMAT = "kerneldojo.report/1"


@dataclass(frozen=True)
class RunFacts:
    """One run of the report."""

    label: str
    path: str
    kind: str
    id: str
    kerneldojo: str
    first: str | None
    """When the first of its evaluations was made, ISO 8601 in UTC; None without any."""
    last: str | None
    asked: int
    evaluated: int
    problems: int
    missing: int
    """Problems that no solution was given for; they count as failures."""
    ahead: int
    """Problems that an interrupted bench has not come to; nothing here is about them."""
    seconds: float
    """What all evaluations took together."""
    environments: dict[str, int]
    bad_lines: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A setting in which the runs differ."""

    key: str
    values: tuple[str | None, ...]
    """As JSON, one for each run; None where the run has no such key."""


@dataclass(frozen=True)
class Figure:
    """A headline figure of every run."""

    name: str
    meaning: str
    unit: Literal["share", "ratio"]
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True)
class Stage:
    """How many solutions of every run came this far."""

    name: str
    meaning: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Bin:
    """Correct, timed solutions of every run with a speedup from `low` up to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Point:
    """One correct, timed solution, or several that lie close together."""

    run: int
    coverage: float
    speedup: float
    count: int
    problem: str
    """Empty where there are several."""
    evaluation: str


@dataclass(frozen=True)
class Band:
    """Correct, timed solutions of every run with a coverage from `low` up to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]
    means: tuple[float | None, ...]
    """Their geometric mean speedup."""


@dataclass(frozen=True)
class FindingFacts:
    """A kind of finding, how often it was made, and one of them."""

    kind: FindingKind
    severity: Severity
    counts: tuple[int, ...]
    """Solutions of every run with such a finding."""
    evidence: str
    where: str
    problem: str
    evaluation: str


@dataclass(frozen=True)
class ProblemCell:
    """One problem in one run."""

    statuses: dict[Status, int]
    best: Outcome | None
    """The fastest correct solution."""


@dataclass(frozen=True)
class ProblemFacts:
    """One problem in all runs."""

    name: str
    level: int | None
    family: str
    description: str
    cells: tuple[ProblemCell, ...]


@dataclass(frozen=True)
class Duel:
    """One run against the first one."""

    a: int
    """Number of the run; it is compared with `b`."""
    b: int
    comparison: Comparison


@dataclass(frozen=True)
class Content:
    """A whole report."""

    title: str
    made_at: str
    kerneldojo: str
    runs: tuple[RunFacts, ...]
    differences: tuple[Difference, ...]
    figures: tuple[Figure, ...]
    thresholds: tuple[float, ...]
    """Of `curves`."""
    curves: tuple[tuple[Estimate, ...], ...]
    """fast@p of every run at each threshold."""
    turns: tuple[tuple[Curve, ...], ...]
    """Figures of every run after each turn; none for a run without second turns."""
    summaries: tuple[Summary, ...]
    funnel: tuple[Stage, ...]
    unscored: tuple[int, ...]
    """Solutions of every run that were not judged, through no fault of theirs."""
    histogram: tuple[Bin, ...]
    points: tuple[Point, ...]
    bands: tuple[Band, ...]
    statuses: dict[Status, tuple[int, ...]]
    """Solutions of every run by status."""
    findings: tuple[FindingFacts, ...]
    problems: tuple[ProblemFacts, ...]
    duels: tuple[Duel, ...]
