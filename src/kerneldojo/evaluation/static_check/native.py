"""Find C++ and CUDA texts inside a Python solution and read them as tokens."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from kerneldojo.cpp.lexing import code_only, without_comments
from kerneldojo.evaluation.static_check.folding import UNKNOWN
from kerneldojo.evaluation.static_check.view import SourceView

_LOOKS_NATIVE = re.compile(
    r'extern\s*"C"|^\s*#\s*(?:include|define|pragma)\b|\b__global__\b|\bPYBIND11_MODULE\b'
    r"|\b(?:torch|at)::|\b(?:void|int|float|double|auto)\s+\w+\s*\([^)]*\)\s*\{",
    re.MULTILINE,
)
_DEFINE = re.compile(r"[ \t]*#\s*define\b")
_TOKEN = re.compile(r"[A-Za-z_]\w*|::|->|[^\s\w]")
_NOT_TYPES = frozenset(
    ["return", "else", "do", "case", "throw", "new", "delete", "and", "or", "not", "goto",
     "co_return", "co_await", "define", "constexpr", "if", "while"]
)  # fmt: skip


class NativeText:
    """One embedded source: its tokens without comments and literals, with line numbers."""

    def __init__(self, text: str, line: int) -> None:
        self.first_line = line
        self.text = _join_continued_lines(text)
        self.code = code_only(self.text)
        self.with_literals = without_comments(self.text)

    def line_of(self, offset: int) -> int:
        """Return the line in the Python file of an offset into this text."""
        return self.first_line + bisect_right(self._line_starts, offset) - 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(r"\n", self.text))]

    @cached_property
    def tokens(self) -> list[tuple[str, int]]:
        """(token, offset) in order."""
        return [(match.group(), match.start()) for match in _TOKEN.finditer(self.code)]

    @cached_property
    def _defined(self) -> frozenset[str]:
        """Functions with a body in this text."""
        header = (
            r"[\w>*&\]]\s+[*&]?([A-Za-z_]\w*)\s*\([^;{}()]*(?:\([^()]*\)[^;{}()]*)*\)[^;{}()]*\{"
        )
        return frozenset(
            match.group(1)
            for match in re.finditer(header, self.code)
            if not re.search(r"\b(?:return|else|define)\s+$", self.code[: match.start(1)][-12:])
        )

    def defines(self, names: frozenset[str]) -> Iterator[tuple[str, int]]:
        """Yield (name, line) of functions among `names` that this text defines."""
        for name in sorted(self._defined & names):
            match = re.search(rf"\b{name}\s*\(", self.code)
            if match:
                yield name, self.line_of(match.start())

    def mentions(self, names: frozenset[str]) -> Iterator[tuple[str, int]]:
        """Yield (name, line) of any use of `names`, other than as members of something."""
        for index, (token, offset) in enumerate(self.tokens):
            if token in names and token not in self._defined:
                before = self.tokens[index - 1][0] if index else ""
                if before not in (".", "->"):
                    yield token, self.line_of(offset)

    def calls(self, names: frozenset[str]) -> Iterator[tuple[str, int]]:
        """Yield (name, line) of calls of free functions called so, or macros standing for them."""
        tokens = self.tokens
        for index, (token, offset) in enumerate(tokens):
            if token not in names or token in self._defined:
                continue
            before = tokens[index - 1][0] if index else ""
            after = tokens[index + 1][0] if index + 1 < len(tokens) else ""
            owner = tokens[index - 2][0] if index > 1 and before == "::" else ""
            if before in (".", "->") or (
                owner.isidentifier() and owner not in ("std", *_NOT_TYPES)
            ):
                continue
            declared = (before.isidentifier() and before not in _NOT_TYPES) or (
                before in "*&>" and before
            )
            aliased = before in ("=", "&", ",", "(") and after in (";", ",", ")")
            if (after == "(" and not declared) or aliased or self._in_define(offset):
                yield token, self.line_of(offset)

    def _in_define(self, offset: int) -> bool:
        start = self._line_starts[bisect_right(self._line_starts, offset) - 1]
        return _DEFINE.match(self.code, start) is not None

    def literals(self, pattern: str) -> Iterator[tuple[str, int]]:
        """Yield (text, line) of string literals that match `pattern`."""
        for match in re.finditer(r'"((?:[^"\\\n]|\\.)*)"', self.with_literals):
            if re.search(pattern, match.group(1)):
                yield match.group(1), self.line_of(match.start())

    def search(self, pattern: str) -> Iterator[tuple[str, int]]:
        """Yield (match, line) of a pattern in the code, literals and comments left out."""
        for match in re.finditer(pattern, self.code):
            yield " ".join(match.group().split()), self.line_of(match.start())

    def includes(self, pattern: str) -> Iterator[tuple[str, int]]:
        """Yield (header, line) of included headers that match `pattern`."""
        for match in re.finditer(r'^\s*#\s*include\s*[<"]([^>"\n]+)', self.with_literals, re.M):
            if re.fullmatch(pattern, match.group(1)):
                yield match.group(1), self.line_of(match.start(1))


def _join_continued_lines(text: str) -> str:
    """Undo line splicing, which may cut a name in two; keep the number of lines."""
    joined: list[str] = []
    owed = 0
    for line in text.split("\n"):
        if joined and joined[-1].endswith("\\"):
            joined[-1] = joined[-1][:-1] + line
            owed += 1
        else:
            joined += [""] * owed + [line]
            owed = 0
    return "\n".join(joined)


def native_texts(view: SourceView) -> tuple[NativeText, ...]:
    """Return every string of a solution that is C++ or CUDA, outermost constants first."""
    cached = view.__dict__.get("_native")
    if cached is None:
        cached = view.__dict__["_native"] = tuple(_find(view))
    return cached


def _find(view: SourceView) -> Iterator[NativeText]:
    waiting: list[ast.AST] = [view.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Constant, ast.BinOp, ast.JoinedStr, ast.Call)):
            text = view.folder.text(node)
            if text is not None:
                if node not in view.docstrings and _LOOKS_NATIVE.search(text):
                    yield NativeText(text.replace(UNKNOWN, "_"), _first_line(node))
                continue
        waiting.extend(ast.iter_child_nodes(node))


def _first_line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
