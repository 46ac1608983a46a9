"""What ends an evaluation early, as long as it is the solution's doing."""

from __future__ import annotations

import signal
from typing import Any

from kerneldojo.records import ErrorInfo, Finding, FindingKind, Severity, Status

_CATEGORIES = {
    "INVALID_SOLUTION": Status.INVALID_SOLUTION,
    "COMPILE_ERROR": Status.COMPILE_ERROR,
    "NOT_COMPILED": Status.COMPILE_ERROR,
    "RUNTIME_ERROR": Status.RUNTIME_ERROR,
    "OUT_OF_MEMORY": Status.OUT_OF_MEMORY,
}
_ENDED = "ProcessExit"
_LAST_WORDS = "LLVM ERROR: "
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT")
_REPORTABLE = (FindingKind.TAMPERING, FindingKind.SANDBOX_VIOLATION)


class SolutionFault(Exception):
    """A fault of the solution: a status with its error, or a fatal finding."""

    def __init__(
        self, status: Status, error: ErrorInfo | None = None, finding: Finding | None = None
    ) -> None:
        super().__init__(error.message if error else finding.evidence if finding else status)
        self.status = status
        self.error = error
        self.finding = finding
        self.not_compiled = False
        """Whether our compiler for the CPU is said to be unable, rather than the source wrong."""

    @property
    def raised(self) -> bool:
        """Whether the solution's code raised an exception and lives on."""
        return (
            self.status is Status.RUNTIME_ERROR
            and self.error is not None
            and self.error.type != _ENDED
            and not self.error.type.startswith("SIG")
        )

    def is_compiler_s(self, log: str) -> bool:
        """Whether our compiler for the CPU gave up, or LLVM died and said so, as players claim."""
        return self.not_compiled or (self.crashed and _LAST_WORDS in log)

    @property
    def crashed(self) -> bool:
        """Whether the process died of a signal of its own making, as wild accesses make it."""
        return self.error is not None and self.error.type in _CRASHES


class NotCompiled(Exception):
    """A kernel that our compiler for the CPU cannot translate; nothing against the solution."""

    def __init__(self, reason: str, spent_s: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.spent_s = spent_s


def hacked(kind: FindingKind, evidence: str, where: str | None = None) -> SolutionFault:
    """Return the fault that a fatal finding is."""
    finding = Finding(kind=kind, severity=Severity.FATAL, evidence=evidence, where=where)
    return SolutionFault(Status.HACKED, finding=finding)


def failed(status: Status, kind: str, message: str, traceback: str = "") -> SolutionFault:
    """Return the fault of a solution that failed by itself."""
    return SolutionFault(status, ErrorInfo(type=kind, message=message, traceback=traceback))


def from_claim(message: dict[str, Any]) -> SolutionFault | None:
    """Return the fault a player's message confesses, if it is one."""
    if isinstance(error := message.get("error"), dict):
        status = _CATEGORIES.get(str(error.get("category")), Status.RUNTIME_ERROR)
        found = failed(
            status, _text(error, "type", 80), _text(error, "message"), _text(error, "traceback")
        )
        found.not_compiled = error.get("category") == "NOT_COMPILED"
        return found
    if isinstance(finding := message.get("finding"), dict):
        kinds = {str(kind): kind for kind in _REPORTABLE}
        kind = kinds.get(str(finding.get("kind")), FindingKind.TAMPERING)
        return hacked(kind, f"the solution {_text(finding, 'evidence')}", _text(finding, "where"))
    if "strange" in message:
        return hacked(FindingKind.STRANGE_OUTPUT, f"the output is {_text(message, 'strange')}")
    return None


def from_exit(code: int, stage: str) -> SolutionFault:
    """Return the fault of a player that ended without an answer."""
    if code == -signal.SIGSYS:
        return hacked(
            FindingKind.SANDBOX_VIOLATION,
            "made a system call that only an escape attempt needs (killed with SIGSYS)",
            stage,
        )
    if code == -signal.SIGKILL:
        return failed(
            Status.OUT_OF_MEMORY,
            "Killed",
            f"killed by the system during {stage}, most likely for want of memory",
        )
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return failed(Status.RUNTIME_ERROR, name, f"crashed with {name} during {stage}")
    return failed(
        Status.RUNTIME_ERROR,
        _ENDED,
        f"ended its process with exit code {code} during {stage} instead of answering",
    )


def _text(mapping: dict[str, Any], key: str, most: int = 8000) -> str:
    return str(mapping.get(key, ""))[:most].encode("utf-8", "replace").decode()
