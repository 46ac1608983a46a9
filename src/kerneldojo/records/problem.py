"""A reference module with its inputs, and what we know about it besides."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from kerneldojo.records.base import Record, content_digest

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]+$")]
Constant = bool | int | float | str | list[Any] | None


class Workload(Record):
    """One size of a problem: new values for constants at the top of the reference file."""

    name: Name
    constants: dict[str, Constant] = {}
    target: Literal["cpu", "cuda"] | None = None
    """The only target this size is meant for; None: every one."""


class Tolerance(Record):
    """How far a solution may be from the oracle (docs/measurement.md has the formulas)."""

    policy: Literal["calibrated", "kernelbench"] = "calibrated"
    multiple: float = Field(default=4.0, gt=0)
    """Calibrated: allowed error as a multiple of PyTorch's own error against float64."""
    rtol: float | None = Field(default=None, ge=0)
    """Overrides the relative part of either policy."""
    atol: float | None = Field(default=None, ge=0)
    """Overrides the absolute part of either policy."""


class ProblemMetadata(Record):
    """Optional facts, written in the reference file as `METADATA = {...}` (a literal)."""

    description: str = ""
    level: int | None = Field(default=None, ge=1, le=4)
    tags: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    """All that fit the target are verified. The first is timed, or the first that is meant for
    the target alone. Empty: the file as it stands."""
    interpreter_workload: str | None = None
    """The workload small enough for Triton's interpreter; by default the last one."""
    tolerance: Tolerance = Tolerance()
    distributions: (
        tuple[Literal["default", "scaled", "offset", "sparse", "extreme"], ...] | None
    ) = None
    """Value distributions to verify under; None: all that keep the reference finite."""
    training: bool = False
    """Run reference and solution in training mode instead of eval mode."""
    backward: bool = False
    """Also compare gradients of the floating inputs and parameters."""


class Problem(Record):
    """A problem in KernelBench's file format: `Model`, `get_inputs`, `get_init_inputs`."""

    name: str
    source: str
    origin: str = "<memory>"
    licence: str = "unknown"
    metadata: ProblemMetadata = ProblemMetadata()

    @property
    def family(self) -> str:
        """The part of the name before the last: `norm` of `suite/norm/layer_norm`."""
        return self.name.rpartition("/")[0].rpartition("/")[2]

    @property
    def digest(self) -> str:
        """Content hash of everything that can change a verdict."""
        return content_digest(self.source, self.metadata.model_dump(mode="json"))
