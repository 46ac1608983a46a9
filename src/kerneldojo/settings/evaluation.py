"""What an evaluation does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kerneldojo.records.base import Record

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Honesty = Literal["enforce", "observe"]

TARGET_PATTERN = r"^(auto|cuda(:\d+)?|cpu|interpreter|aot:sm_\d+[a-z]?)$"


class Limits(Record):
    """What a player may use before it is stopped."""

    load_s: Seconds = 90.0
    """Deadline for importing, building and constructing the solution."""
    call_s: Seconds = 30.0
    """Deadline of one call; the first call may compile and gets `load_s`."""
    memory_mb: Count = 8192
    """Address space a player may add to what it starts with."""
    scratch_mb: Count = 512
    """Size of the player's private scratch file system."""
    file_mb: Count = 256
    """Largest single file a player may write."""
    processes: Count = 256
    """Processes and threads of a player (compilers need a few)."""
    log_kb: Count = 64
    """How much of what the solution prints is kept."""
    source_kb: Count = 1024
    """Largest solution source accepted."""


class Trials(Record):
    """How much is verified before anything is timed."""

    seeds: Count = 2
    """Secret seeds per workload under the default distribution."""
    distributions: bool = True
    """Also verify under scaled, offset, sparse and extreme values where the problem allows."""
    determinism: Count = 2
    """Calls on equal inputs that must agree."""


class TimingPlan(Record):
    """How the paired measurement decides that it is done."""

    enabled: bool = True
    """Time the solution once it has been found correct and honest."""
    budget_s: Seconds = 2.0
    """Stop after this long even if the interval is still wide."""
    warmup: Count = 3
    """Fewest warm-up pairs; warming goes on until times stop falling, at most thrice as many."""
    min_pairs: Count = 9
    """Fewest timed pairs."""
    max_pairs: Count = 60
    """Most timed pairs."""
    relative_width: float = Field(default=0.05, gt=0, lt=1)
    """Stop once the 95 % interval of the speedup is narrower than this share of it."""
    compile_baseline: bool = False
    """Also time the reference under `torch.compile`."""


class EvaluationSettings(Record):
    """Settings of one evaluation; part of the evaluation cache's key."""

    target: str = Field(default="auto", pattern=TARGET_PATTERN)
    """`auto` picks cuda if there is one, otherwise cpu; CUDA C++ is compiled ahead of time."""
    limits: Limits = Limits()
    trials: Trials = Trials()
    timing: TimingPlan = TimingPlan()
    profile: bool = True
    """Measure coverage after timing."""
    profile_samples: Count = 48
    """Program-counter samples to aim for on the CPU."""
    sanitize: bool = False
    """Run every C++ solution once under AddressSanitizer (seconds); crashed ones always are."""
    coverage_warning: float = Field(default=0.3, ge=0, le=1)
    """Coverage below which a `low_coverage` warning is given."""
    honesty: Honesty = "enforce"
    """`observe` judges on as if honest and turns fatal findings into warnings; for studies only."""
    isolation_floor: str = Field(default="none", pattern=r"^(none|limits|confined|namespaces)$")
    """Refuse to run below this level of isolation."""
    threads: int = Field(default=0, ge=0)
    """Threads for reference and solution alike; 0 means all cores this process may use."""
    seed: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    """Master seed, to replay a recorded evaluation; None draws a fresh secret one."""
