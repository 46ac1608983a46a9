"""Lines of a solution, where an error points to them."""

from __future__ import annotations

import re
from collections.abc import Collection

_CONTEXT_LINES = 2
_MOST_LINES = 3
_IN_KERNEL = re.compile(r"^at (\d+):(\d+):\n(.*?)^ *\^(?:\n|$)", re.MULTILINE | re.DOTALL)
_DEFINITION = re.compile(r"^\s*(?:async )?def (\w+)")
_LINE_END = re.compile(r"\r\n|\r|\n")


def lines_of(source: str) -> list[str]:
    """Return the lines as Python counts them; `str.splitlines` ends some at other characters."""
    lines = _LINE_END.split(source)
    return lines if lines[-1] else lines[:-1]


def quote(source: str, numbers: Collection[int], context: int = _CONTEXT_LINES) -> str:
    """Return the lines around those numbers, counted from 1, the numbered ones marked.

    Numbers beyond the end are passed over.
    """
    lines = lines_of(source)
    wanted = sorted(
        {
            near
            for number in numbers
            if 1 <= number <= len(lines)
            for near in range(number - context, number + context + 1)
            if 1 <= near <= len(lines)
        }
    )
    while wanted and wanted[-1] not in numbers and not lines[wanted[-1] - 1].strip():
        wanted.pop()
    while wanted and wanted[0] not in numbers and not lines[wanted[0] - 1].strip():
        wanted.pop(0)
    shown: list[str] = []
    for before, number in zip([None, *wanted], wanted, strict=False):
        if before is not None and number > before + 1:
            shown.append("     …")
        mark = ">" if number in numbers else " "
        shown.append(f"{mark}{number:4d} {lines[number - 1]}")
    return "\n".join(shown)


def lines_named(message: str, traceback: str) -> list[int]:
    """Return the numbers of the last few lines that an error points to, the innermost last."""
    numbers = re.findall(r"\bline (\d+)", traceback) or re.findall(r"\bline (\d+)", message)
    return [int(number) for number in numbers][-_MOST_LINES:]


def in_kernels(message: str, source: str) -> tuple[str, list[int]]:
    """Return a message of Triton's without the source in it, and the lines it is about.

    Triton counts lines from the kernel's definition, and quotes all of them up to the error.

    Returns:
        The message as it is and no lines, if the kernel cannot be found.
    """
    found: list[int] = []
    for match in _IN_KERNEL.finditer(message):
        name = _DEFINITION.search(match[3])
        start = _line_of(source, name[1]) if name else None
        if start is None:
            return message, []
        found.append(start + int(match[1]) - 1)
    rest = "\n".join(line for line in _IN_KERNEL.sub("", message).splitlines() if line.strip())
    return (rest, found) if found and rest else (message, [])


def _line_of(source: str, function: str) -> int | None:
    pattern = re.compile(rf"\s*def {re.escape(function)}\b")
    lines = enumerate(lines_of(source), 1)
    return next((number for number, line in lines if pattern.match(line)), None)
