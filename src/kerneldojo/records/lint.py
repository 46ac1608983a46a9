"""What the linter says of a problem: complaints, and whether it may be used at all."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, computed_field, model_validator

from kerneldojo.records.base import Record


class ComplaintKind(StrEnum):
    """What is wrong with a problem, grouped as in docs/linter.md."""

    # the reference
    BROKEN_REFERENCE = "broken_reference"
    """The reference, or what makes its inputs, cannot be run."""
    NO_OUTPUT = "no_output"
    """The reference returns no tensor and no number."""
    NONDETERMINISTIC = "nondeterministic"
    """Equal inputs give answers that differ by more than the tolerance."""
    NON_FINITE = "non_finite"
    """The answer holds NaN or infinity."""
    NO_FLOAT64 = "no_float64"
    """The reference refuses float64, so PyTorch's own answer has to be the oracle."""
    ROUNDING_NOISE = "rounding_noise"
    """PyTorch and float64 disagree grossly: what would be compared is rounding noise."""
    # the answer
    CONSTANT_OUTPUT = "constant_output"
    """The answer to other inputs is the same, within the tolerance."""
    UNIFORM_OUTPUT = "uniform_output"
    """All elements of an output are equal, within the tolerance."""
    UNIFORM_AXIS = "uniform_axis"
    """An output repeats itself along one of its axes."""
    DOMINANT_VALUE = "dominant_value"
    """Nearly all elements of an output have one and the same value."""
    IDENTITY = "identity"
    """An output is one of the inputs."""
    HIDDEN_IN_TOLERANCE = "hidden_in_tolerance"
    """The answer to other inputs is within the tolerance for many of the elements."""
    TRIVIAL_SOLUTION = "trivial_solution"
    """An answer that takes no work is within the tolerance."""
    # the work
    IGNORED_INPUT = "ignored_input"
    """The values of an input do not matter."""
    IGNORED_PARAMETER = "ignored_parameter"
    """The values of a parameter or buffer do not matter."""
    NEUTRAL_PARAMETER = "neutral_parameter"
    """A parameter holds one value only, such as ones, so applying it can be skipped."""
    REDUNDANT_OPERATION = "redundant_operation"
    """Without an operator, the answer is the same within the tolerance."""
    PARTIAL_WORK = "partial_work"
    """Half of an input's values suffice for the answer."""
    # the sizes
    TOO_BRIEF = "too_brief"
    """The reference takes so little time that overhead is all there is to measure."""
    SINGLE_ELEMENT = "single_element"
    """All there is to compare is one number."""
    SINGLE_WORKLOAD = "single_workload"
    """There is one size only, so a solution can be right for this size alone."""
    UNFINISHED = "unfinished"
    """The deadline came before every check was made."""


class Gravity(StrEnum):
    """What a complaint means for the use of a problem."""

    FATAL = "fatal"
    """A reward from this problem could be had without the work, or not at all."""
    WARNING = "warning"
    """Part of the work can be left out, or part of the answer is not judged."""
    NOTE = "note"
    """Worth knowing; no reason against the problem."""


class Usability(StrEnum):
    """The verdict on a problem."""

    USABLE = "usable"
    """Nothing worse than notes."""
    SUSPECT = "suspect"
    """At least one warning: look at it before you train on it."""
    UNUSABLE = "unusable"
    """At least one fatal complaint: do not train on it."""


class Complaint(Record):
    """One thing that is wrong with a problem, and the observation behind it."""

    kind: ComplaintKind
    severity: Gravity
    evidence: str
    workload: str | None = None
    """The workload it was seen at; None where it concerns them all."""


class TensorForm(Record):
    """Shape and element type of one input or output."""

    path: str
    shape: tuple[int, ...]
    dtype: str


class WorkloadFacts(Record):
    """What a workload looks like from outside."""

    name: str
    inputs: tuple[TensorForm, ...] = ()
    outputs: tuple[TensorForm, ...] = ()
    reference_ms: float | None = None
    """The shortest of a few calls of the reference in the referee's own process."""


class LintReport(Record):
    """Everything the linter found out about one problem."""

    problem: str
    digest: str
    """The problem's digest."""
    complaints: tuple[Complaint, ...] = ()
    workloads: tuple[WorkloadFacts, ...] = ()
    seconds: Annotated[float, Field(ge=0)] = 0.0
    """Wall-clock seconds the checks took."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Usability:
        """The gravest complaint decides."""
        severities = {complaint.severity for complaint in self.complaints}
        if Gravity.FATAL in severities:
            return Usability.UNUSABLE
        return Usability.SUSPECT if Gravity.WARNING in severities else Usability.USABLE

    @property
    def kinds(self) -> tuple[ComplaintKind, ...]:
        """The kinds of all complaints, each once, in order."""
        return tuple(dict.fromkeys(complaint.kind for complaint in self.complaints))

    @model_validator(mode="before")
    @classmethod
    def _drop_computed(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if key != "verdict"}
        return data

    def with_complaints(self, *more: Complaint) -> Self:
        """Return the same report with further complaints."""
        return self.model_copy(update={"complaints": (*self.complaints, *more)})
