"""What can be known about a reference file without running it."""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Callable, Iterator
from typing import TypeVar

from kerneldojo.errors import InvalidProblem

_T = TypeVar("_T")


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


def missing_names(source: str, needed: tuple[str, ...], where: str) -> list[str]:
    """Return which of the names the file does not bind at its top level.

    Reads the symbol table: the quickest way to learn this from any valid Python. A star
    import may bind every name.

    Raises:
        InvalidProblem: if the text is not Python.
    """
    table = _guarded(lambda: symtable.symtable(source, where, "exec"), where)
    missing = [name for name in needed if not _binds(table, name)]
    if missing and any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        for node in ast.walk(parse(source, where))
    ):
        return []
    return missing


def _binds(table: symtable.SymbolTable, name: str) -> bool:
    try:
        symbol = table.lookup(name)
    except KeyError:
        return False
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
