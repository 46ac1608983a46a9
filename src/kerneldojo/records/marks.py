"""Which lines of a solution an evaluation has something to say about."""

from __future__ import annotations

import re
from enum import StrEnum

from kerneldojo.records.base import Record
from kerneldojo.records.evaluation import Evaluation
from kerneldojo.records.measurement import KernelUse

_LINE = re.compile(r"line (\d+)")


class MarkKind(StrEnum):
    """How grave a mark is, gravest first."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    KERNEL = "kernel"


class Mark(Record):
    """Something to be said beside one line of a source."""

    line: int
    """Counted from 1."""
    kind: MarkKind
    label: str
    """A finding's kind, an error's type or a kernel's name."""
    text: str


def marks(evaluation: Evaluation, source: str) -> list[Mark]:
    """Return what belongs beside the lines of a solution's source, in order of lines.

    Findings and errors stand at the line they name, or where the kernel that they name is
    defined; each kernel's share of the time stands at its definition.
    """
    lines = source.splitlines()
    found = []
    for finding in evaluation.findings:
        kind = MarkKind.FATAL if finding.fatal else MarkKind.WARNING
        line = _line_of(finding.where or "", lines)
        found.append((line, kind, str(finding.kind), finding.evidence))
    if evaluation.error is not None:
        named = _LINE.findall(evaluation.error.traceback)
        line = int(named[-1]) if named else None
        message = evaluation.error.message.strip().partition("\n")[0]
        found.append((line, MarkKind.ERROR, evaluation.error.type, message))
    for kernel in evaluation.profile.kernels if evaluation.profile else ():
        line = _definition(kernel.name, lines)
        found.append((line, MarkKind.KERNEL, kernel.name, _share(kernel)))
    placed = [
        Mark(line=line, kind=kind, label=label, text=" ".join(text.split()))
        for line, kind, label, text in found
        if line is not None and 1 <= line <= len(lines)
    ]
    order = list(MarkKind)
    return sorted(dict.fromkeys(placed), key=lambda mark: (mark.line, order.index(mark.kind)))


def _line_of(where: str, lines: list[str]) -> int | None:
    named = _LINE.search(where)
    if named:
        return int(named[1])
    return _definition(where.removeprefix("kernel "), lines)


def _definition(name: str, lines: list[str]) -> int | None:
    """Return where a kernel is defined: as a Python function, or in C++ or CUDA text."""
    if not name.isidentifier():
        return None
    python = re.compile(rf"\s*def {name}\(")
    native = re.compile(rf"\s*[\w:<>*&\s\"]+[\s*&]{name}\s*\([^;]*$")
    for pattern in (python, native):
        for number, line in enumerate(lines, 1):
            if pattern.match(line):
                return number
    return None


def _share(kernel: KernelUse) -> str:
    launches = f"{kernel.launches_per_call:g}"
    often = "once a call" if launches == "1" else f"{launches} times a call"
    return f"{kernel.share:.0%} of the time, launched {often}"
