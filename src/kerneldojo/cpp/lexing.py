"""Just enough C++ lexing: blank out comments and literals without moving anything."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<line>//(?:[^\n\\]|\\.|\\\n)*)
  | (?P<block>/\*.*?(?:\*/|\Z))
  | (?P<raw>\b(?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?(?:\)(?P=mark)"|\Z))
  | (?P<text>"(?:[^"\\\n]|\\.)*")
  | (?P<char>(?<![0-9A-Za-z_])'(?:[^'\\\n]|\\.)+')
    """,
    re.VERBOSE | re.DOTALL,
)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_comments(source: str) -> str:
    """Return `source` with comments as spaces; offsets and line numbers stay the same."""

    def replace(match: re.Match[str]) -> str:
        text = match.group()
        return _blank(text) if match.lastgroup in ("line", "block") else text

    return _TOKEN.sub(replace, source)


def code_only(source: str) -> str:
    """Return `source` with comments and literals as spaces; offsets stay the same.

    The `"C"` of `extern "C"` is kept, being syntax rather than data.
    """

    def replace(match: re.Match[str]) -> str:
        text = match.group()
        return text if text == '"C"' else _blank(text)

    return _TOKEN.sub(replace, source)
