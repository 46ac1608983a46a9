"""The `loc(…)` marks of Triton IR: taken off the lines, and turned into `file:line`."""

from __future__ import annotations

import re

_ALIAS = re.compile(r"^(#loc\d*) = loc\((.*)\)$", re.MULTILINE)
_FILE = re.compile(r'^"(.*)":(\d+):\d+$')
_FIRST = re.compile(r"#loc\d*")


class Locations:
    """The location aliases of a module."""

    def __init__(self, text: str) -> None:
        self._aliases = dict(_ALIAS.findall(text))

    def strip(self, line: str) -> tuple[str, str]:
        """The line without any location, and its last location's `file:line` or ""."""
        last = ""
        while (start := line.rfind(" loc(")) >= 0:
            end = _closing(line, start + 4)
            if end < 0:
                break
            last = last or self.place(line[start + 5 : end])
            line = line[:start] + line[end + 1 :]
        return line.rstrip(), last

    def place(self, text: str) -> str:
        """`file:line` of a location; of a call site, the innermost place.

        Triton's own library functions are not where a user can change anything, so a call
        out of one is followed to its caller.
        """
        seen = set()
        while text not in seen:
            seen.add(text)
            if match := _FILE.match(text):
                return f"{match[1]}:{match[2]}"
            if text in self._aliases:
                text = self._aliases[text]
            elif text.startswith("callsite("):
                inner, _, outer = text[len("callsite(") : -1].partition(" at ")
                place = self.place(inner)
                if place and "/triton/language/" not in place:
                    return place
                text = outer
            elif aliases := _FIRST.findall(text):
                text = aliases[0]
            else:
                return ""
        return ""


def _closing(line: str, opening: int) -> int:
    depth, quoted = 0, False
    for at in range(opening, len(line)):
        character = line[at]
        if character == '"' and line[at - 1] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return at
    return -1
