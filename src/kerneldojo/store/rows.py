"""From lines of evaluations to outcomes, without building what an outcome does not need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from kerneldojo.records import Entry, FindingKind, Outcome, Problem, Severity, Status

Pair = tuple[str, str]
"""Digests of a problem and a solution."""


class _Part(BaseModel):
    """A part of a record; what is not named here is parsed and dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Latency(_Part):
    median_ms: float


class _Timing(_Part):
    speedup: float
    speedup_low: float
    speedup_high: float
    reference: _Latency
    solution: _Latency


class _Profile(_Part):
    coverage: float | None


class _Finding(_Part):
    kind: FindingKind
    severity: Severity

    @property
    def fatal(self) -> bool:
        return self.severity is Severity.FATAL


class _Mismatch(_Part):
    output: str
    wrong_elements: int
    total_elements: int


class _Correctness(_Part):
    mismatch: _Mismatch | None = None


class _Error(_Part):
    type: str
    message: str


class _Environment(_Part):
    target: str
    device: str


class _Costs(_Part):
    stages: dict[str, float] = {}


class Row(_Part):
    """What tables need of an evaluation: some of its fields, under the same names."""

    id: str
    problem_digest: str
    solution_digest: str
    language: str
    status: Status
    findings: tuple[_Finding, ...] = ()
    correctness: _Correctness | None = None
    timing: _Timing | None = None
    profile: _Profile | None = None
    environment: _Environment
    error: _Error | None = None
    costs: _Costs = _Costs()
    created_at: datetime

    @property
    def pair(self) -> Pair:
        """Which question it answers."""
        return self.problem_digest, self.solution_digest


def deciding(rows: Iterable[Row]) -> dict[Pair, Row]:
    """Return the row that counts for each pair: the last judged one, else the last one."""
    chosen: dict[Pair, Row] = {}
    for row in rows:
        known = chosen.get(row.pair)
        if known is None or row.status.judged or not known.status.judged:
            chosen[row.pair] = row
    return chosen


def answered(entries: Iterable[Entry], rows: Iterable[Row]) -> Iterator[tuple[Entry, Row]]:
    """Yield each entry that has been evaluated, with the row that counts."""
    chosen = deciding(rows)
    for entry in entries:
        row = chosen.get((entry.problem_digest, entry.solution_digest))
        if row is not None:
            yield entry, row


def outcome(entry: Entry, row: Row, problems: Mapping[str, Problem]) -> Outcome:
    """Return the outcome of an entry; level and family are those of its problem."""
    problem = problems.get(entry.problem_digest)
    timing = row.timing
    return Outcome(
        problem=entry.problem,
        level=problem.metadata.level if problem else None,
        family=entry.problem.rpartition("/")[0].rpartition("/")[2],
        origin=entry.origin,
        sample=entry.sample,
        turn=entry.turn,
        evaluation=row.id,
        status=row.status,
        speedup=timing.speedup if timing else None,
        speedup_low=timing.speedup_low if timing else None,
        speedup_high=timing.speedup_high if timing else None,
        reference_latency_ms=timing.reference.median_ms if timing else None,
        solution_latency_ms=timing.solution.median_ms if timing else None,
        coverage=row.profile.coverage if row.profile else None,
        findings=tuple(dict.fromkeys(finding.kind for finding in row.findings)),
        target=row.environment.target,
        seconds=sum(row.costs.stages.values()),
    )
