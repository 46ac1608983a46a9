"""What was measured: correctness, timing, profile and the environment they belong to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from kerneldojo.records.base import Record

NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class Mismatch(Record):
    """The first wrong element of an output, and how wrong the whole output is."""

    output: str
    """Path of the output, e.g. `output`, `output[1]` or `output['loss']`."""
    index: tuple[int, ...]
    expected: float
    actual: float
    allowed: float
    """The largest absolute difference allowed at this element."""
    wrong_elements: int
    total_elements: int


class Trial(Record):
    """One verified call of the solution."""

    name: str
    """Workload, distribution and seed, e.g. `small/scaled#3`."""
    passed: bool
    error_ratio: NonNegative
    """Largest error as a multiple of what the tolerance allows; above 1 the trial fails."""
    max_abs_error: NonNegative = 0.0
    mean_abs_error: NonNegative = 0.0


class Correctness(Record):
    """All verified calls made outside of timing."""

    policy: str
    trials: tuple[Trial, ...]
    mismatch: Mismatch | None = None
    seed: str
    """The master seed all inputs came from, for replay after the fact."""

    @property
    def passed(self) -> bool:
        """Whether every trial passed."""
        return bool(self.trials) and all(trial.passed for trial in self.trials)


class Latency(Record):
    """A median time of one call, with a 95 % interval of that median, in milliseconds."""

    median_ms: NonNegative
    low_ms: NonNegative
    high_ms: NonNegative
    calls: int = Field(ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> Latency:
        if not self.low_ms <= self.median_ms <= self.high_ms:
            raise ValueError("a latency's interval must contain its median")
        return self


class Timing(Record):
    """A paired measurement of reference and solution on the same inputs and device."""

    reference: Latency
    solution: Latency
    speedup: NonNegative
    """Median of the pairwise ratios reference ÷ solution."""
    speedup_low: NonNegative
    speedup_high: NonNegative
    workload: str
    baselines: dict[str, Latency] = {}
    """Other baselines that were asked for, e.g. `torch.compile`."""
    floor_ms: NonNegative | None = None
    """Least time the device's bandwidth and arithmetic allow, None where unknown."""
    speed_of_light: NonNegative | None = None
    """`floor_ms` ÷ the solution's median."""
    clock: str
    """Which clock decided and how."""


class KernelUse(Record):
    """One kernel of the solution's own."""

    name: str
    launches_per_call: NonNegative
    share: Fraction
    """Of the device time of a call."""
    time_ms: NonNegative | None = None


class OperatorUse(Record):
    """One library operator that ran inside the solution."""

    name: str
    calls_per_call: NonNegative
    share: Fraction | None = None


class Profile(Record):
    """Where the time of a call went."""

    coverage: Fraction | None
    """Time in the solution's own kernels ÷ total device time; None if it could not be captured."""
    kernels: tuple[KernelUse, ...] = ()
    operators: tuple[OperatorUse, ...] = ()
    peak_memory_bytes: int | None = None
    """Of the device on CUDA; otherwise of the solution's process, PyTorch included."""
    samples: int = 0
    """Observations behind `coverage`."""
    source: str
    """How coverage was obtained, e.g. `program-counter samples` or `interpreter timers`."""
    metrics: dict[str, float] = {}
    """Hardware counters or static figures, e.g. `registers`, `spills`."""
    bottleneck: str = ""
    """One sentence fit for a model's eyes."""


class Environment(Record):
    """Where a verdict was reached; equal fingerprints mean comparable figures."""

    target: str
    device: str
    isolation: str
    python: str
    torch: str
    triton: str | None
    kerneldojo: str
    platform: str
    threads: int
    details: dict[str, str] = {}
    """Drivers, clocks, compilers: whatever else a figure may depend on."""
