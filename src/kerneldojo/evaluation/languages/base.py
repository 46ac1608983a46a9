"""What KernelDojo must know about a kernel language, and how a source shows it."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from kerneldojo.records import Language


class Evidence(IntEnum):
    """How strongly a source speaks for a language."""

    NONE = 0
    IMPORT = 1
    """Its package is imported, but no kernel is written."""
    KERNEL = 2
    """A kernel in that language is written down."""


@dataclass(frozen=True)
class SourceFacts:
    """The few facts languages are told apart by."""

    imports: frozenset[str]
    """Dotted names of imported modules and of names imported from them."""
    decorators: frozenset[str]
    """Decorators as written, without arguments, e.g. `triton.jit`."""
    calls: frozenset[str]
    """Last names of called functions, e.g. `load_inline`."""
    keywords: frozenset[str]
    """Keyword arguments used in calls."""
    strings: tuple[str, ...]
    """String constants other than docstrings."""


class LanguageSupport(Protocol):
    """One kernel language; each lives in its own file."""

    @property
    def name(self) -> Language:
        """The language's name in records and options."""

    def evidence(self, facts: SourceFacts) -> Evidence:
        """How strongly these facts speak for this language."""

    def detects(self, source: str) -> bool:
        """Whether `source` holds, or at least imports, this language."""

    def targets(self, has_gpu: bool) -> tuple[str, ...]:
        """Targets for `auto`, best first; never empty."""


def read_facts(source: str) -> SourceFacts:
    """Gather the facts of `source`; falls back to pattern matching where it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _facts_from_text(source)
    imports: set[str] = set()
    decorators: set[str] = set()
    calls: set[str] = set()
    keywords: set[str] = set()
    strings: list[str] = []
    docstrings: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imports.add(node.module)
            imports.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators.update(_dotted(decorator) for decorator in node.decorator_list)
        elif isinstance(node, ast.Call):
            calls.add(_dotted(node).rpartition(".")[2])
            keywords.update(keyword.arg for keyword in node.keywords if keyword.arg)
        elif isinstance(node, ast.Expr):
            docstrings.add(id(node.value))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ):
            strings.append(node.value)
    return SourceFacts(
        frozenset(imports),
        frozenset(decorators),
        frozenset(calls),
        frozenset(keywords),
        tuple(strings),
    )


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


def _facts_from_text(source: str) -> SourceFacts:
    imports = set(re.findall(r"^\s*import\s+([\w.]+)", source, re.MULTILINE))
    for module, names in re.findall(
        r"^\s*from\s+([\w.]+)\s+import\s+([\w ,.]+)", source, re.MULTILINE
    ):
        imports.add(module)
        imports.update(f"{module}.{name.split()[0]}" for name in names.split(",") if name.split())
    return SourceFacts(
        frozenset(imports),
        frozenset(re.findall(r"^\s*@([\w.]+)", source, re.MULTILINE)),
        frozenset(re.findall(r"\b(\w+)\s*\(", source)),
        frozenset(re.findall(r"\b(\w+)\s*=", source)),
        (source,),
    )
