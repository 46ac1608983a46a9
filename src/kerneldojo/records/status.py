"""The single outcome of an evaluation."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What came of judging one solution, from the earliest failure to success."""

    INVALID_SOLUTION = "INVALID_SOLUTION"
    """The source cannot be a solution: syntax error, no entry point, wrong constructor."""
    COMPILE_ERROR = "COMPILE_ERROR"
    """A kernel of the solution does not compile."""
    RUNTIME_ERROR = "RUNTIME_ERROR"
    """The solution raised, crashed or was killed while it ran."""
    TIMEOUT = "TIMEOUT"
    """The solution did not finish before its deadline."""
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    """The solution asked for more memory than its limit."""
    WRONG_SHAPE = "WRONG_SHAPE"
    """An output has another shape or structure than the reference's."""
    WRONG_DTYPE = "WRONG_DTYPE"
    """An output has another element type than the reference's."""
    WRONG_VALUE = "WRONG_VALUE"
    """An output's values are outside the tolerance."""
    NONDETERMINISTIC = "NONDETERMINISTIC"
    """Equal inputs gave outputs that differ by more than the tolerance."""
    HACKED = "HACKED"
    """At least one fatal finding of dishonesty."""
    CORRECT = "CORRECT"
    """Right answers, honestly obtained."""
    INVALID_PROBLEM = "INVALID_PROBLEM"
    """The reference itself is broken; says nothing about the solution."""
    EVALUATION_FAILED = "EVALUATION_FAILED"
    """A fault of ours; says nothing about the solution."""

    @property
    def judged(self) -> bool:
        """Whether this status says anything about the solution."""
        return self not in (Status.INVALID_PROBLEM, Status.EVALUATION_FAILED)
