"""Every exception KernelDojo raises on purpose.

    KernelDojoError
    ├── UsageError               the caller asked for something impossible
    │   ├── ConfigError          unknown key, wrong type, unreadable TOML
    │   ├── ProblemNotFound      no such problem; carries the nearest names
    │   ├── SolutionNotReadable  missing, binary, too large or not UTF-8
    │   └── PolicyRefused        the endpoint will not have us: wrong key, unknown model
    ├── InvalidProblem           the reference itself is broken
    └── InfrastructureError      our fault; retried, then recorded as EVALUATION_FAILED
        ├── DeviceUnavailable    the target asked for is not on this machine
        ├── IsolationUnavailable the sandbox is weaker than the floor asked for
        ├── RefereeDied          the trusted process went away
        ├── StoreError           a record cannot be written or read: disk full, no permission
        ├── DeadlineExceeded     our own work outlasted its deadline
        ├── TrainingFailed       a training cannot go on: memory ran out
        │   └── TrainingDiverged   a loss or gradient is no number any more
        └── PolicyError          a policy gave no answer
            ├── PolicyUnavailable  down, too slow or talking nonsense, however often it was asked
            └── ContextOverflow    the conversation is longer than the model can read

What a *solution* does wrong is never an exception: it is the `status` of an
`Evaluation`. All classes are picklable, so they cross process borders intact.
"""

from __future__ import annotations

from difflib import get_close_matches


class KernelDojoError(Exception):
    """Root of the tree; `str(error)` is fit to be shown to a person."""


class UsageError(KernelDojoError):
    """The caller asked for something impossible."""


class ConfigError(UsageError):
    """A configuration key or value is wrong."""


class ProblemNotFound(UsageError):
    """No problem has this name."""


class SolutionNotReadable(UsageError):
    """The solution's source cannot be read as text."""


class PolicyRefused(UsageError):
    """A policy will not answer us at all: wrong key, no such model."""


class InvalidProblem(KernelDojoError):
    """The reference cannot be built or run; never the solution's fault."""


class InfrastructureError(KernelDojoError):
    """A fault of ours or of the machine; never a verdict on a solution."""


class DeviceUnavailable(InfrastructureError):
    """The target asked for does not exist on this machine."""


class IsolationUnavailable(InfrastructureError):
    """The achieved isolation is below the floor that was asked for."""


class RefereeDied(InfrastructureError):
    """The trusted process ended before it gave a verdict."""


class StoreError(InfrastructureError):
    """A record cannot be written or read: the disk is full, or permission is missing."""


class DeadlineExceeded(InfrastructureError):
    """Our own work, not the solution's, outlasted its deadline."""


class TrainingFailed(InfrastructureError):
    """A training cannot go on; what it has written stands."""


class TrainingDiverged(TrainingFailed):
    """A loss or a gradient is no number any more."""


class PolicyError(InfrastructureError):
    """A policy gave no answer; says nothing about what it would have said."""


class PolicyUnavailable(PolicyError):
    """A policy is down, too slow or talking nonsense, however often it was asked."""


class ContextOverflow(PolicyError):
    """A conversation is longer than the model can read."""


def did_you_mean(word: str, allowed: list[str]) -> str:
    """Return `" Did you mean 'x'?"` for the nearest allowed word, or `""`."""
    near = get_close_matches(word, allowed, n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""
