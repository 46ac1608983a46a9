"""A solution's source as rules see it: dotted names instead of spellings."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kerneldojo.evaluation.static_check.folding import Folder
from kerneldojo.evaluation.static_check.names import Names
from kerneldojo.records import Solution

_READ = ast.Load()


@dataclass(frozen=True)
class Reference:
    """A use of something that has a dotted name, e.g. `torch.compile`."""

    path: str
    node: ast.expr
    line: int


@dataclass(frozen=True)
class Import:
    """One imported module or name."""

    path: str
    line: int


class SourceView:
    """The syntax tree of a solution with names resolved.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse` does.
    """

    def __init__(self, solution: Solution) -> None:
        self.solution = solution
        self.lines = solution.source.splitlines()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # invalid escapes in embedded C++ are not ours to report
            self.tree = ast.parse(solution.source)
        self.nodes = tuple(ast.walk(self.tree))
        self.folder = Folder()
        self.names = Names(self.nodes, self.folder)

    def of(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        """Yield every node of the given kinds."""
        return (node for node in self.nodes if isinstance(node, kinds))

    def calls(self) -> Iterator[ast.Call]:
        """Yield every call."""
        return (node for node in self.nodes if isinstance(node, ast.Call))

    def text_at(self, line: int) -> str:
        """Return a line of the source, stripped and cut for quoting."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return text if len(text) <= 100 else text[:97] + "..."

    def paths(self, node: ast.AST) -> frozenset[str]:
        """Return the dotted names `node` may stand for; empty when unknown."""
        return self.names.resolve(node)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node each node hangs from."""
        return {child: parent for parent in self.nodes for child in ast.iter_child_nodes(parent)}

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around `node`, innermost first."""
        while (found := self.parents.get(node)) is not None:
            yield found
            node = found

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import statement, and every import by a function with a constant name."""
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [Import(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found += [Import(f"{module}.{alias.name}", node.lineno) for alias in node.names]
            elif isinstance(node, ast.Call) and self.names.imports_dynamically(node):
                found += [Import(path, node.lineno) for path in self.paths(node)]
        return tuple(found)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every read of something with a dotted name, and everything imported by name."""
        found = []
        for node in self.nodes:
            read = isinstance(getattr(node, "ctx", _READ), ast.Load)
            if read and isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
                found += [Reference(path, node, node.lineno) for path in self.paths(node)]
        return tuple(found)

    @cached_property
    def stores(self) -> tuple[Reference, ...]:
        """Every write to, or removal of, an attribute or entry of something with a dotted name."""
        found = []
        for node in self.nodes:
            if isinstance(node, (ast.Attribute, ast.Subscript)):
                if isinstance(node.ctx, (ast.Store, ast.Del)):
                    found += [Reference(path, node, node.lineno) for path in self.paths(node)]
            elif isinstance(node, ast.Call):
                found += [Reference(path, node, node.lineno) for path in self.names.stores_of(node)]
        return tuple(found)

    @cached_property
    def docstrings(self) -> frozenset[ast.AST]:
        """Strings that are statements of their own."""
        return frozenset(
            node.value
            for node in self.nodes
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )

    @cached_property
    def entry(self) -> ast.ClassDef | None:
        """The class that the solution is entered by, if it is written as one."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == self.solution.entry_point:
                return node
        return None
