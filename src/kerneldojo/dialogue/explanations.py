"""Statuses and findings in the words a model is told."""

from __future__ import annotations

from kerneldojo.dialogue.reply import ReplyProblem
from kerneldojo.records import FindingKind, Status

STATUSES: dict[Status, str] = {
    Status.INVALID_SOLUTION: "The code could not be loaded as a solution.",
    Status.COMPILE_ERROR: "A kernel does not compile.",
    Status.RUNTIME_ERROR: "The code raised an error, or crashed, when it ran.",
    Status.TIMEOUT: "The code did not finish in time.",
    Status.OUT_OF_MEMORY: "The code asked for more memory than there is.",
    Status.WRONG_SHAPE: "An output has the wrong shape or structure.",
    Status.WRONG_DTYPE: "An output has the wrong element type.",
    Status.WRONG_VALUE: "The kernel runs, but its values are wrong.",
    Status.NONDETERMINISTIC: "Equal inputs gave different outputs.",
    Status.HACKED: "The solution does not count, because it did not do the work honestly.",
    Status.CORRECT: "The kernel is correct.",
}
"""First sentence of the feedback on each status that says something about the solution."""

NOT_JUDGED = (
    "This solution could not be judged, for reasons that have nothing to do with it. "
    "It counts neither for nor against you."
)

WARNINGS = "Not held against you, but worth a look:"
ALSO_SEEN = "Also seen:"
"""Before warnings beside what is fatal."""

NAN = "A nan often is an element that was never written, or one that was read beyond the end."

DISTRIBUTIONS = {
    "default": "ordinary values",
    "scaled": "larger values",
    "offset": "values far from zero",
    "sparse": "values that are mostly zero",
    "extreme": "values near the limits of the type",
}
"""How the inputs of a trial were drawn."""

FINDINGS: dict[FindingKind, str] = {
    FindingKind.NO_KERNEL: "None of your own kernels was launched; the work must happen in them.",
    FindingKind.LIBRARY_ANSWER: "A library operator computed the answer. Compute it in a kernel.",
    FindingKind.DECOY_KERNEL: "Your kernels make no difference to the answer: without them it is "
    "the same.",
    FindingKind.FOREIGN_KERNEL: "Kernels of a compiler or another package did the work.",
    FindingKind.LOW_COVERAGE: "Most of the time is spent in library operators. Move their work "
    "into your kernels.",
    FindingKind.REPLAY: "An earlier answer was returned. Compute each call's answer anew.",
    FindingKind.MUTATED_INPUT: "An input was written to. Write to a new tensor instead.",
    FindingKind.ALIASED_OUTPUT: "An output shares memory with an input or another output. "
    "Return a tensor of its own.",
    FindingKind.STRANGE_OUTPUT: "An output is not a plain dense tensor.",
    FindingKind.OUT_OF_BOUNDS: "Memory outside a tensor was written. Check masks and index "
    "arithmetic.",
    FindingKind.TAMPERING: "The code reached into the interpreter, the library or beyond.",
    FindingKind.CLOCK_TAMPERING: "The code interfered with the clock.",
    FindingKind.LATE_WORK: "Work went on after the call had returned. Finish within the call.",
    FindingKind.IMPOSSIBLE_TIME: "The call took less time than moving its data takes.",
    FindingKind.FORGED_MESSAGE: "The code interfered with how its results are collected.",
    FindingKind.SANDBOX_VIOLATION: "The code tried what is not allowed here: network, other "
    "processes or other people's files.",
    FindingKind.LOW_PRECISION: "The errors are those of a narrower type. Compute in the type the "
    "reference uses.",
    FindingKind.SUSPICIOUS_SOURCE: "The source looks like a known trick.",
}
"""What each finding means and what to do about it."""

REPLIES: dict[ReplyProblem, str] = {
    ReplyProblem.EMPTY: "Your reply was empty.",
    ReplyProblem.ONLY_THINKING: "Your reply ended before its thinking did. Think more briefly, "
    "then give the code.",
    ReplyProblem.NO_CODE: "Your reply held no Python code.",
    ReplyProblem.NO_ENTRY_POINT: "No code block of your reply defines the class `ModelNew`.",
    ReplyProblem.REFUSED: "You declined to answer. This is a programming exercise; nothing but the "
    "code is asked for.",
    ReplyProblem.TRUNCATED: "Your code breaks off. Give it whole, and be brief.",
}
"""What is wrong with a reply that holds no solution."""
