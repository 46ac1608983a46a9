"""Whether a source can be a solution at all."""

from __future__ import annotations

import ast
import re
import warnings

from kerneldojo.errors import did_you_mean
from kerneldojo.records import ErrorInfo, Solution

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF8 = frozenset(["utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"])


def validate_shape(solution: Solution) -> ErrorInfo | None:
    """Return why `solution` cannot be one, or None.

    Covers: empty sources, NUL bytes, foreign encodings, syntax errors, nesting that no parser
    survives, a missing entry point, and an entry class without `forward`.
    """
    source = solution.source
    if not source.strip():
        return _problem("EmptySource", f"The source is empty; define class {solution.entry_point}.")
    if "\0" in source:
        return _problem("SyntaxError", "The source has NUL bytes; give UTF-8 text.")
    for line in source.splitlines()[:2]:
        cookie = _COOKIE.match(line)
        if cookie and cookie.group(1).lower().replace("_", "-") not in _UTF8:
            return _problem(
                "SyntaxError",
                f"The source declares the encoding {cookie.group(1)!r}; only UTF-8 is accepted.",
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            compile(source, "<solution>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return _syntax_error(error)
    except (RecursionError, MemoryError):
        return _problem("SyntaxError", "The source is nested too deeply to be parsed.")
    except (ValueError, OverflowError, UnicodeError) as error:
        return _problem("SyntaxError", f"The source cannot be parsed: {error}.")
    return _entry_problem(tree, solution.entry_point)


def _problem(type: str, message: str, traceback: str = "") -> ErrorInfo:
    return ErrorInfo(type=type, message=message, traceback=traceback)


def _syntax_error(error: SyntaxError) -> ErrorInfo:
    text = (error.text or "").rstrip("\n")[:200]
    place = f"line {error.lineno}" if error.lineno else "unknown line"
    pointer = " " * max((error.offset or 1) - 1, 0) + "^" if len(text) < 200 else ""
    return _problem(
        type(error).__name__,
        f"{error.msg} ({place})",
        f"{place}:\n    {text}\n    {pointer}".rstrip() if text else "",
    )


def _entry_problem(tree: ast.Module, name: str) -> ErrorInfo | None:
    bound = _top_level(tree.body)
    if name not in bound:
        classes = [one for one, node in bound.items() if isinstance(node, ast.ClassDef)]
        there = f" It defines {', '.join(classes)}." if classes else ""
        return _problem(
            "NoEntryPoint",
            f"The source does not define {name}.{there}{did_you_mean(name, classes)} "
            f"Define `class {name}(nn.Module)` with the reference's constructor and forward.",
        )
    node = bound[name]
    if isinstance(node, ast.ClassDef) and not _has_forward(node, bound):
        return _problem(
            "NoForward",
            f"{name} has no forward method; define `def forward(self, ...)` as the reference does.",
        )
    return None


def _top_level(body: list[ast.stmt]) -> dict[str, ast.AST]:
    """Return what the file binds at its top level, also inside `if`, `try` and `with`."""
    bound: dict[str, ast.AST] = {}
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            bound[node.name] = node
        elif isinstance(node, ast.Assign):
            names = [one for target in node.targets for one in ast.walk(target)]
            bound.update({one.id: node for one in names if isinstance(one, ast.Name)})
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            bound[node.target.id] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update({(alias.asname or alias.name): node for alias in node.names})
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                waiting.extend(reversed(getattr(node, part, [])))
            for handler in getattr(node, "handlers", []):
                waiting.extend(reversed(handler.body))
    return bound


def _has_forward(node: ast.ClassDef, bound: dict[str, ast.AST], depth: int = 0) -> bool:
    """Whether a class, or a base that this file cannot rule out, has `forward`."""
    for one in ast.walk(ast.Module(body=node.body, type_ignores=[])):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and one.name in (
            "forward",
            "__call__",
            "__getattr__",
        ):
            return True
        if isinstance(one, ast.Name) and one.id == "forward" and isinstance(one.ctx, ast.Store):
            return True
        if isinstance(one, ast.Attribute) and one.attr == "forward":
            return True
    for base in node.bases:
        if isinstance(base, ast.Name) and depth < 20:
            parent = bound.get(base.id)
            if isinstance(parent, ast.ClassDef):
                if parent is not node and _has_forward(parent, bound, depth + 1):
                    return True
                continue
        text = ast.unparse(base)
        # these are known to have none of their own; any other base may have one
        if text.rpartition(".")[2] not in ("Module", "object", "ABC"):
            return True
    return bool(node.keywords)
