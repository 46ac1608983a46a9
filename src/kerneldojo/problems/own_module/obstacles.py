"""What keeps a file from being judged alone, wherever it lies on the disk."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from kerneldojo.problems.own_module.classes import ModuleClass, top_level

INPUTS = ("get_inputs", "get_init_inputs")
_ALONE = "a problem is one file, so paste what it needs from there"


def obstacles(path: Path, tree: ast.Module, found: ModuleClass) -> Iterator[str]:
    """Yield what has to be changed in a file before its class can be a problem.

    Args:
        path: where the file lies.
        tree: its syntax tree.
        found: the class.
    """
    yield from _imports(path, tree)
    if found.unbound:
        yield f"line {found.line}: {found.name} builds on {found.unbound!r}, which is not imported"
    if not found.has_forward:
        yield f"line {found.line}: {found.name} has no forward method"
    yield from _open_places(tree)
    if _model_is_taken(tree, found):
        yield (
            "the name 'Model' is needed for what is judged, but the file uses it for something "
            "else; rename that"
        )


def _imports(path: Path, tree: ast.Module) -> Iterator[str]:
    """Yield imports that cannot be followed; those within `try` and `if` may be meant to fail."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"line {node.lineno}: {ast.unparse(node)!r} is relative; {_ALONE}"
            continue
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for root in dict.fromkeys(name.partition(".")[0] for name in names):
            if root in sys.stdlib_module_names:
                continue
            if (path.parent / f"{root}.py").exists() or (path.parent / root).is_dir():
                yield f"line {node.lineno}: {root!r} lies beside the file; {_ALONE}"
            elif not _is_installed(root):
                yield f"line {node.lineno}: the package {root!r} is not installed here"


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # a module that was made by hand
        return package in sys.modules


def _open_places(tree: ast.Module) -> Iterator[str]:
    for function in top_level(tree):
        if not isinstance(function, ast.FunctionDef) or function.name not in INPUTS:
            continue
        nodes = list(ast.walk(function))
        indices = {  # x[..., 0] and tuple[int, ...] leave nothing open
            id(part)
            for node in nodes
            if isinstance(node, ast.Subscript)
            for part in ast.walk(node.slice)
        }
        for node in nodes:
            if isinstance(node, ast.Constant) and node.value is ... and id(node) not in indices:
                yield f"line {node.lineno}: fill in what stands as '...' in {function.name}"


def _model_is_taken(tree: ast.Module, found: ModuleClass) -> bool:
    """Whether making the class the file's `Model` would change what the file does."""
    by_keyword = found.forward is not None and any(
        each.by_keyword for each in found.forward.required
    )
    if found.name == "Model" and not by_keyword:
        return False
    return any(
        isinstance(node, ast.Name) and node.id == "Model" and isinstance(node.ctx, ast.Load)
        for node in ast.walk(tree)
    )
