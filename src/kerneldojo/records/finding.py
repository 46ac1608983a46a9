"""Evidence of dishonesty or laziness."""

from __future__ import annotations

from enum import StrEnum

from kerneldojo.records.base import Record


class FindingKind(StrEnum):
    """What was found, grouped as in docs/statuses.md."""

    # authorship
    NO_KERNEL = "no_kernel"
    """No kernel of the solution's own ran."""
    LIBRARY_ANSWER = "library_answer"
    """The answer existed before any kernel of the solution's own had touched it."""
    DECOY_KERNEL = "decoy_kernel"
    """With the solution's kernels turned into no-ops the answer stays the same."""
    FOREIGN_KERNEL = "foreign_kernel"
    """A compiler or another package's kernels did the work."""
    LOW_COVERAGE = "low_coverage"
    """Most of the time is spent in library operators (a warning)."""
    # replay
    REPLAY = "replay"
    """An earlier answer was returned instead of computing a new one."""
    # theft
    MUTATED_INPUT = "mutated_input"
    """An input was written to, and the reference does not do so."""
    ALIASED_OUTPUT = "aliased_output"
    """An output shares memory with an input or another output, unlike the reference's."""
    STRANGE_OUTPUT = "strange_output"
    """An output is not a plain dense tensor (a subclass, lazy, sparse or meta tensor)."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """Memory outside a tensor was written."""
    TAMPERING = "tampering"
    """The solution reached into the interpreter, the library or the harness around it."""
    # clock
    CLOCK_TAMPERING = "clock_tampering"
    """The player's clock disagrees with the referee's."""
    LATE_WORK = "late_work"
    """Work went on in a thread, process or stream after the answer was declared ready."""
    IMPOSSIBLE_TIME = "impossible_time"
    """Faster than the memory or arithmetic of the device allows."""
    # harness
    FORGED_MESSAGE = "forged_message"
    """A message on the result channel is not one the harness sends."""
    SANDBOX_VIOLATION = "sandbox_violation"
    """The solution tried what the sandbox forbids: network, processes, foreign files."""
    # numerics
    LOW_PRECISION = "low_precision"
    """The error pattern is that of a narrower type than the problem declares."""
    # static
    SUSPICIOUS_SOURCE = "suspicious_source"
    """The source text shows a known trick (evidence, never the only judge)."""


class Severity(StrEnum):
    """Whether a finding alone makes the solution HACKED."""

    FATAL = "fatal"
    WARNING = "warning"


class Finding(Record):
    """One piece of evidence: what, how grave, where, and the observation behind it."""

    kind: FindingKind
    severity: Severity
    evidence: str
    where: str | None = None
    """`line N` of the solution, a kernel's name or a stage; None where none applies."""

    @property
    def fatal(self) -> bool:
        """Whether this finding makes the solution HACKED."""
        return self.severity is Severity.FATAL
