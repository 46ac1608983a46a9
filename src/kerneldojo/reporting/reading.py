"""Runs as a report reads them: each file once, keeping only what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from kerneldojo.benchmark import missing_problems, problems_ahead
from kerneldojo.errors import UsageError
from kerneldojo.records import Finding, Outcome, Problem, Solution
from kerneldojo.reporting import words
from kerneldojo.reporting.cards import card
from kerneldojo.store import Run
from kerneldojo.store.labels import labels_of


class Judged(NamedTuple):
    """What a report keeps of one evaluation."""

    card: bytes
    findings: tuple[Finding, ...]
    problem_digest: str
    solution_digest: str


@dataclass(frozen=True)
class Reading:
    """One run, read."""

    run: Run
    label: str
    """Short name, different from those of the report's other runs."""
    problems: dict[str, Problem]
    """By digest."""
    solutions: dict[str, Solution]
    asked: int
    """Questions, evaluated or not."""
    missing: tuple[Problem, ...]
    """Problems that no solution was given for."""
    ahead: int
    """Problems that an interrupted bench has not come to."""
    outcomes: list[Outcome]
    evaluations: dict[str, Judged]
    """By id; those that count for an outcome."""
    first: datetime | None
    last: datetime | None
    environments: dict[str, int]
    """Evaluations by environment."""
    bad_lines: tuple[str, ...]


@dataclass
class Environments:
    """The environments of a report, numbered as they come."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, description: str) -> int:
        """Return the number of an environment."""
        return self.numbers.setdefault(description, len(self.numbers))


def read(runs: Sequence[Run], environments: Environments) -> list[Reading]:
    """Read runs.

    Args:
        runs: at least one.
        environments: numbered further while reading; cards name them by number.

    Raises:
        UsageError: if there is no run.
    """
    if not runs:
        raise UsageError("a report needs at least one run; name the directory of one.")
    labels = labels_of([run.path for run in runs])
    return [_read(run, label, environments) for run, label in zip(runs, labels, strict=True)]


def _read(run: Run, label: str, environments: Environments) -> Reading:
    outcomes = run.outcomes()
    wanted = {outcome.evaluation for outcome in outcomes}
    judged: dict[str, Judged] = {}
    used: dict[str, int] = {}
    times: list[datetime] = []
    for evaluation in run.evaluations():
        if evaluation.id not in wanted:
            continue
        where = words.environment(evaluation.environment)
        used[where] = used.get(where, 0) + 1
        times.append(evaluation.created_at)
        judged[evaluation.id] = Judged(
            card(evaluation, environments.number(where)),
            evaluation.findings,
            evaluation.problem_digest,
            evaluation.solution_digest,
        )
    return Reading(
        run=run,
        label=label,
        problems=run.problems(),
        solutions=run.solutions(),
        asked=len(run.entries()),
        missing=tuple(missing_problems(run)),
        ahead=problems_ahead(run),
        outcomes=outcomes,
        evaluations=judged,
        first=min(times, default=None),
        last=max(times, default=None),
        environments=used,
        bad_lines=tuple(map(str, run.bad_lines)),
    )
