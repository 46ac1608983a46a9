"""What metrics and reports need of an evaluation: one flat row."""

from __future__ import annotations

from pydantic import Field

from kerneldojo.records.base import Record
from kerneldojo.records.finding import FindingKind
from kerneldojo.records.status import Status


class Entry(Record):
    """One question of a run: this solution for this problem, as the n-th sample.

    Problem and solution are named by content, so that equal questions share one evaluation.
    """

    problem: str
    problem_digest: str
    solution_digest: str
    origin: str = "<memory>"
    """Where the solution came from: a file, a line of a table, a turn of a dialogue."""
    sample: int = Field(default=0, ge=0)
    """Number of this answer among the independent answers to the problem."""
    turn: int = Field(default=0, ge=0)
    """Number of this answer within its trajectory."""


class Outcome(Record):
    """One entry together with what its evaluation found."""

    problem: str
    level: int | None = None
    family: str = ""
    origin: str = "<memory>"
    sample: int = 0
    turn: int = 0
    evaluation: str
    """Id of the evaluation."""
    status: Status
    speedup: float | None = None
    speedup_low: float | None = None
    speedup_high: float | None = None
    reference_latency_ms: float | None = None
    solution_latency_ms: float | None = None
    coverage: float | None = None
    findings: tuple[FindingKind, ...] = ()
    """Kinds of all findings, warnings included, each once."""
    target: str = ""
    seconds: float = 0.0
    """What the evaluation took, in wall-clock seconds."""
