"""Run a C++ solution once under AddressSanitizer and say where it leaves its tensors.

A fresh interpreter is started with the sanitizer's runtime preloaded. Every tensor then lies
between red zones, and the solution's C++ is built with a check before each access. The run is
evidence against honest mistakes; a solution bent on it can notice the sanitizer.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import kerneldojo.cpp
from kerneldojo.cpp.compiler import asan_runtime, cxx_runtime
from kerneldojo.records import Finding, FindingKind, Severity, Solution

Launch = Callable[[list[str], dict[str, str]], "subprocess.CompletedProcess[str]"]
"""Runs a command with variables added to its environment; returns its captured text output."""

_REPORT_EXIT = 99
_OPTIONS = ":".join(
    [
        f"exitcode={_REPORT_EXIT}",
        "detect_leaks=0",
        "detect_odr_violation=0",
        "verify_asan_link_order=0",
        "allocator_may_return_null=1",
        # wide red zones also catch accesses a whole row past the end
        "redzone=512",
        "max_redzone=2048",
        "quarantine_size_mb=16",
        "malloc_context_size=2",
        "handle_abort=0",
    ]
)
_PLAYER = Path(__file__).with_name("sanitizer_player.py")


class SanitizerStatus(StrEnum):
    """What came of a run."""

    CLEAN = "clean"
    """It ran, and no access left its memory."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """A kernel of the solution left its memory."""
    UNAVAILABLE = "unavailable"
    """There is no sanitizer here, or nothing in the solution that it could watch."""
    FAILED = "failed"
    """The solution raised, crashed elsewhere or took too long; nothing is known."""


@dataclass(frozen=True)
class OutOfBounds:
    """The first access outside of its memory."""

    access: str
    """`read` or `write`."""
    bytes: int
    """Size of the access; 0 for a wild address, where it is not told."""
    function: str
    line: int
    """In the C++ source as given to `kerneldojo.cpp.load`, counted from 1."""
    detail: str
    """Where the address lies, e.g. `0 bytes after a 4000-byte region`."""

    def __str__(self) -> str:
        """Return one sentence."""
        size = f"{self.bytes} bytes " if self.bytes else ""
        return (
            f"{self.function} {self.access}s {size}outside its memory at line {self.line} of its "
            f"C++ source ({self.detail})"
        )


@dataclass(frozen=True)
class SanitizerOutcome:
    """The result of one run."""

    status: SanitizerStatus
    report: OutOfBounds | None = None
    detail: str = ""
    """Why nothing is known, for `unavailable` and `failed`."""

    def finding(self) -> Finding | None:
        """Return the finding this is, if it is one: fatal for writes, a warning for reads."""
        if self.report is None:
            return None
        severity = Severity.FATAL if self.report.access == "write" else Severity.WARNING
        return Finding(
            kind=FindingKind.OUT_OF_BOUNDS,
            severity=severity,
            evidence=f"AddressSanitizer: {self.report}",
            where=self.report.function,
        )


def save_case(
    folder: Path,
    solution: Solution,
    inputs: Sequence[Any],
    *,
    init: tuple[Sequence[Any], Mapping[str, Any]] = ((), {}),
    state: Mapping[str, Any] | None = None,
    seed: int = 0,
    training: bool = False,
) -> None:
    """Write what a run needs into `folder`: `solution.py` and `case.pt`.

    `inputs` and `init` may hold tensors, numbers, strings, and lists, tuples and dicts of them;
    `state` maps names of parameters and buffers to tensors. All tensors are moved to the CPU.

    Raises:
        OSError: the folder cannot be written to.
    """
    import torch

    def plain(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return value.detach().cpu()
        if isinstance(value, Mapping):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(plain(one) for one in value)
        return value

    (folder / "solution.py").write_text(solution.source, encoding="utf-8", newline="")
    case = {
        "entry_point": solution.entry_point,
        "inputs": plain(list(inputs)),
        "init_args": plain(list(init[0])),
        "init_kwargs": plain(dict(init[1])),
        "state": plain(dict(state or {})),
        "seed": seed,
        "training": training,
    }
    torch.save(case, folder / "case.pt")


def run_sanitized(folder: Path, launch: Launch) -> SanitizerOutcome:
    """Run the case in `folder` (see `save_case`) under the sanitizer.

    Args:
        folder: must be readable, at the same path, where `launch` runs the command.
        launch: wraps the sandbox around a command. The variables it is given belong to that
            command alone. Address space must not be limited: the sanitizer reserves terabytes of
            it without using them.

    Never raises for what the solution does.
    """
    runtime = asan_runtime()
    if runtime is None:
        return SanitizerOutcome(
            SanitizerStatus.UNAVAILABLE,
            detail="no AddressSanitizer runtime; it comes with g++ (libasan) or clang",
        )
    source = (folder / "solution.py").read_text(encoding="utf-8")
    if "kerneldojo" not in source:
        return SanitizerOutcome(
            SanitizerStatus.UNAVAILABLE, detail="only kernels of kerneldojo.cpp can be watched"
        )
    command = [sys.executable, "-P", "-s", str(_PLAYER), str(folder)]
    preload = [one for one in (runtime, cxx_runtime()) if one]
    variables = {
        "LD_PRELOAD": " ".join(preload),
        "ASAN_OPTIONS": _OPTIONS,
        "KERNELDOJO_SANITIZE": "1",
        "PYTHONPATH": str(Path(kerneldojo.cpp.__file__).parents[2]),
        "OMP_NUM_THREADS": "2",
    }
    try:
        done = launch(command, variables)
    except subprocess.TimeoutExpired as error:
        return SanitizerOutcome(
            SanitizerStatus.FAILED, detail=f"did not finish in {error.timeout:g} s"
        )
    return _judge(done)


def plain_launch(timeout_s: float = 120.0) -> Launch:
    """Return a `Launch` without any sandbox, for trusted sources and for tests."""

    def launch(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )

    return launch


def _judge(done: subprocess.CompletedProcess[str]) -> SanitizerOutcome:
    if done.returncode == 0:
        return SanitizerOutcome(SanitizerStatus.CLEAN)
    report = parse_report(done.stderr)
    if report is not None:
        return SanitizerOutcome(SanitizerStatus.OUT_OF_BOUNDS, report=report)
    tail = "\n".join(done.stderr.strip().splitlines()[-8:])
    detail = f"exit code {done.returncode}" + (f": {tail}" if tail else "")
    return SanitizerOutcome(SanitizerStatus.FAILED, detail=detail[-2000:])


def parse_report(text: str) -> OutOfBounds | None:
    """Return the out-of-bounds access that AddressSanitizer reports, if it lies in a kernel.

    Only accesses with a frame in a source built by `kerneldojo.cpp` count; what a library does
    is not the solution's fault.
    """
    header = re.search(r"ERROR: AddressSanitizer: (\S+)", text)
    if header is None:
        return None
    report = text[header.start() :]
    access = re.search(r"\b(READ|WRITE) of size (\d+)", report)
    signal = re.search(r"signal is caused by a (READ|WRITE) memory access", report)
    kind = access or signal
    # the first stack of the report is the access; later ones tell of allocations and threads
    stack = re.search(r"(?:^[ \t]+#\d+ .*\n?)+", report, re.MULTILINE)
    if kind is None or stack is None:
        return None
    frame = re.search(r"#\d+ 0x[0-9a-f]+ in (.+?) (?:\S*/)?kernel\.cpp:(\d+)", stack.group())
    if frame is None:
        return None
    place = re.search(r"is located (.+?region)", report)
    detail = place.group(1) if place else header.group(1)
    return OutOfBounds(
        access=kind.group(1).lower(),
        bytes=int(access.group(2)) if access else 0,
        function=re.sub(r"\._omp_fn\.\d+|\(.*", "", frame.group(1)),
        line=int(frame.group(2)),
        detail=detail.replace("inside of", "inside").strip(),
    )
