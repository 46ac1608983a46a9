"""Give the constants at the top of a reference file new values."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

from kerneldojo.errors import InvalidProblem, did_you_mean
from kerneldojo.problems.syntax import constants, parse


def specialise(source: str, values: Mapping[str, Any], where: str = "<memory>") -> str:
    """Return the source with each top-level `NAME = ...` bound to its new value.

    Everything else, comments and line numbers included, stays as it was. A name that
    is assigned several times gets the new value each time. Of names that share one value
    (`HEIGHT = WIDTH = 128`), one is enough to change all.

    Raises:
        InvalidProblem: if a name is not a simple top-level assignment of the file, a
            value has no literal form, or two names that share a value get different ones.
    """
    if not values:
        return source
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    known = constants(parse(text, where))
    edits: dict[ast.expr, str] = {}
    for name, value in values.items():
        if name not in known:
            hint = did_you_mean(name, list(known))
            raise InvalidProblem(f"{where}: no top-level constant named {name!r}.{hint}")
        literal = _literal(value, f"{where}: constant {name!r}")
        for node in known[name]:
            if edits.setdefault(node, literal) != literal:
                raise InvalidProblem(
                    f"{where}: constant {name!r} shares its value with another name, "
                    f"and cannot be {literal} while that is {edits[node]}"
                )
    if any(inner in edits for node in edits for inner in ast.walk(node) if inner is not node):
        raise InvalidProblem(f"{where}: a constant's value is part of another's")
    lines = [line.encode() for line in text.split("\n")]
    # From the end to the start, so that no edit moves another; columns count UTF-8 bytes.
    for node in sorted(edits, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        _splice(lines, node, edits[node])
    return b"\n".join(lines).decode()


def _splice(lines: list[bytes], node: ast.expr, literal: str) -> None:
    """Replace an expression in place, keeping the number of lines."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    first, last = node.lineno - 1, node.end_lineno - 1
    before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    new = literal if first == last else f"({literal}" + "\n" * (last - first) + ")"
    lines[first : last + 1] = (before + new.encode() + after).split(b"\n")


def _literal(value: Any, where: str) -> str:
    """Return source text for a constant; infinities have no literal of their own."""
    match value:
        case float() if not math.isfinite(value):
            return f"float({str(value)!r})"
        case bool() | int() | float() | str() | None:
            return repr(value)
        case list():
            return f"[{', '.join(_literal(item, where) for item in value)}]"
        case tuple():
            return f"({''.join(_literal(item, where) + ', ' for item in value)})"
    raise InvalidProblem(f"{where}: a value of type {type(value).__name__} has no literal form")
