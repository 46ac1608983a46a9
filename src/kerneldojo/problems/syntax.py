"""What can be known about a reference file without running it."""

from __future__ import annotations

import ast
import warnings

from kerneldojo.errors import InvalidProblem


def parse(source: str, where: str = "<memory>") -> ast.Module:
    """Return the syntax tree of a reference file.

    Raises:
        InvalidProblem: if the text is not Python.
    """
    try:
        with warnings.catch_warnings():
            # An odd escape in somebody's docstring is no concern of ours.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise InvalidProblem(f"{where}: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidProblem(f"{where}: not Python source: {error}") from error


def constants(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Return the values of every simple top-level assignment `NAME = value`, in order."""
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found.setdefault(name, []).append(value)
    return found


def bound_names(tree: ast.Module) -> set[str]:
    """Return the names bound at the top level, also inside `if`, `try` and `with`.

    A star import binds unknown names and is returned as `*`.
    """
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pending.extend(ast.iter_child_nodes(node))
    return names
