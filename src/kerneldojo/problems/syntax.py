"""What can be known about a reference file without running it."""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from kerneldojo.errors import InvalidProblem

_T = TypeVar("_T")

_NEXT_STATEMENT = re.compile(r"\n(?=[^\s)\]}#])")
_DEFINITION = re.compile(r"^(?:class|def)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^([A-Za-z_]\w*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def parse(source: str, where: str = "<memory>") -> ast.Module:
    """Return the syntax tree of a reference file.

    Raises:
        InvalidProblem: if the text is not Python.
    """
    return _guarded(lambda: ast.parse(source), where)


def constants(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Return the values of every simple top-level assignment, in order.

    `NAME = value`, `A = B = value` (both names share one value) and `A, B = 1, 2`.
    """
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    for name, part in _bindings(target, value):
                        found.setdefault(name, []).append(part)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
    return found


def bound_names(source: str, names: Iterable[str], where: str = "<memory>") -> set[str]:
    """Return which of the names the file binds at its top level.

    Reads the symbol table: the quickest way to learn this of any valid Python. A star import
    may bind every name.

    Raises:
        InvalidProblem: if the text is not Python.
    """
    table = _guarded(lambda: symtable.symtable(source, where, "exec"), where)
    mentioned, defined = table.get_identifiers(), set(_DEFINITION.findall(source))
    found = {
        name for name in names if name in mentioned and (name in defined or _binds(table, name))
    }
    if not found.issuperset(names) and "import *" in source:
        starred = any(
            isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
            for node in ast.walk(parse(source, where))
        )
        return set(names) if starred else found
    return found


def sole_assignment(source: str, name: str) -> ast.expr | None:
    """Return the value of `NAME = value` where that is the name's only mention in the text.

    Reads no more than that statement, of a file that is known to be Python and to bind the
    name at its top level; None where the whole file has to be read.
    """
    match = re.search(rf"^{name}[ \t]*=(?!=)", source, re.MULTILINE)
    if match is None or source.count(name) != 1:
        return None
    following = _NEXT_STATEMENT.search(source, match.end())
    statement = source[match.start() : following.start() if following else len(source)]
    try:
        tree = ast.parse(statement)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # a value that goes on in the first column
    values = constants(tree).get(name, [])
    return values[0] if len(tree.body) == 1 and values else None


def plainly_assigned(source: str) -> set[str]:
    """Return the names in front of a `=` in the first column: nearly always the constants."""
    return set(_ASSIGNMENT.findall(source))


def _binds(table: symtable.SymbolTable, name: str) -> bool:
    symbol = table.lookup(name)
    return symbol.is_assigned() or symbol.is_imported()


def _bindings(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case (
            (ast.Tuple(elts=names) | ast.List(elts=names)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(names) == len(values):
            for inner, part in zip(names, values, strict=True):
                yield from _bindings(inner, part)


def _guarded(read: Callable[[], _T], where: str) -> _T:
    """Run one of Python's own readers, and tell what it objects to."""
    try:
        with warnings.catch_warnings():
            # An odd escape in somebody's docstring is no concern of ours.
            warnings.simplefilter("ignore")
            return read()
    except SyntaxError as error:
        raise InvalidProblem(f"{where}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidProblem(f"{where}: not Python source: {error}") from error
