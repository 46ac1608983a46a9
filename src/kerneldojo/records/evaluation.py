"""The full, immutable record of judging one solution."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

from pydantic import Field, computed_field, model_validator

from kerneldojo.records.base import Record
from kerneldojo.records.finding import Finding
from kerneldojo.records.measurement import Correctness, Environment, Profile, Timing
from kerneldojo.records.status import Status

FORMAT = "kerneldojo.evaluation/1"

_NEEDS_ERROR = {
    Status.INVALID_SOLUTION,
    Status.COMPILE_ERROR,
    Status.RUNTIME_ERROR,
    Status.TIMEOUT,
    Status.OUT_OF_MEMORY,
    Status.WRONG_SHAPE,
    Status.WRONG_DTYPE,
    Status.INVALID_PROBLEM,
    Status.EVALUATION_FAILED,
}


class ErrorInfo(Record):
    """What went wrong, in a form a person or a model can act on."""

    type: str
    message: str
    traceback: str = ""
    """The tail that concerns the solution's own lines."""


class Costs(Record):
    """Wall-clock seconds by stage."""

    stages: dict[str, float] = {}

    @property
    def total_s(self) -> float:
        """Sum over the stages, in seconds."""
        return sum(self.stages.values())


class Evaluation(Record):
    """One verdict. Combinations that contradict themselves cannot be built.

    Raises:
        pydantic.ValidationError: if status, findings, error and measurements disagree.
    """

    format: str = Field(default=FORMAT, pattern=r"^kerneldojo\.evaluation/1$")
    id: str = Field(default_factory=lambda: uuid4().hex)
    problem: str
    problem_digest: str
    solution_digest: str
    language: str
    status: Status
    findings: tuple[Finding, ...] = ()
    correctness: Correctness | None = None
    timing: Timing | None = None
    profile: Profile | None = None
    environment: Environment
    error: ErrorInfo | None = None
    log: str = ""
    """What the solution printed, cut to the output limit."""
    costs: Costs = Costs()
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def speedup(self) -> float | None:
        """Reference ÷ solution; None unless correct and timed."""
        return self.timing.speedup if self.timing else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reference_latency_ms(self) -> float | None:
        """Median time of the reference, None unless timed."""
        return self.timing.reference.median_ms if self.timing else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def solution_latency_ms(self) -> float | None:
        """Median time of the solution, None unless timed."""
        return self.timing.solution.median_ms if self.timing else None

    @property
    def hacked(self) -> bool:
        """Whether any finding is fatal."""
        return any(finding.fatal for finding in self.findings)

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        if isinstance(data, dict):
            computed = ("speedup", "reference_latency_ms", "solution_latency_ms")
            return {key: value for key, value in data.items() if key not in computed}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        def refuse(reason: str) -> None:
            raise ValueError(f"impossible evaluation: {reason}")

        if self.status.judged and self.hacked != (self.status is Status.HACKED):
            refuse(f"status {self.status} with {'a' if self.hacked else 'no'} fatal finding")
        if self.status in _NEEDS_ERROR and self.error is None:
            refuse(f"status {self.status} without an error")
        if self.status is Status.CORRECT:
            if self.error is not None:
                refuse("CORRECT with an error")
            if self.correctness is None or not self.correctness.passed:
                refuse("CORRECT without passed trials")
        if self.timing is not None and self.status is not Status.CORRECT:
            refuse(f"{self.status} but timed")
        if self.status in (Status.WRONG_VALUE, Status.NONDETERMINISTIC) and (
            self.correctness is None or self.correctness.passed
        ):
            refuse(f"{self.status} without a failed trial")
        return self

    def to_json(self) -> str:
        """Return the record as one line of JSON."""
        return self.model_dump_json()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a record written by `to_json`.

        Raises:
            ValueError: if the text is not such a record.
        """
        return cls.model_validate(json.loads(text))
