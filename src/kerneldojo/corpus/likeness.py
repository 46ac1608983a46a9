"""When two solutions are as good as the same."""

from __future__ import annotations

import ast
import re
import warnings

from kerneldojo.records import content_digest

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def likeness(source: str) -> str:
    """Return a digest that is equal for sources that differ in no more than looks.

    Looks are comments, docstrings, blank space, quotes, and the names of everything that the
    source itself defines, its classes excepted. C++ in strings loses comments and blank space.
    What is no Python is compared without its blank space.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return content_digest("".join(source.split()))
    plain = _Plain(tree)
    return content_digest(ast.dump(plain.visit(tree)))


class _Plain(ast.NodeTransformer):
    """Numbers names in the order of first being met, and drops docstrings."""

    def __init__(self, tree: ast.AST) -> None:
        self._own = set(_defined(tree))
        self._names: dict[str, str] = {}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._called(node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        self.generic_visit(node)
        node.arg = self._called(node.arg)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        self.generic_visit(node)
        node.arg = self._called(node.arg) if node.arg else None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._called(node.name)
        _drop_docstring(node)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        _drop_docstring(node)
        return self.generic_visit(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        _drop_docstring(node)
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            return ast.Constant("".join(_COMMENT.sub(" ", node.value).split()))
        return node

    def _called(self, name: str) -> str:
        if name not in self._own:
            return name
        return self._names.setdefault(name, f"name {len(self._names)}")


def _defined(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("__"):
            names.add(node.name)
    return names - {"forward"}


def _drop_docstring(node: ast.FunctionDef | ast.ClassDef | ast.Module) -> None:
    if ast.get_docstring(node, clean=False) is not None:
        node.body = node.body[1:] or [ast.Pass()]
