"""Gathers answers from files or rows; what cannot be used is told, and the rest is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kerneldojo.benchmark.answers import Answer, SolutionSet
from kerneldojo.benchmark.names import Names, NoSuchName
from kerneldojo.errors import UsageError
from kerneldojo.evaluation.languages import detect
from kerneldojo.records import Language, Solution

_NAMED = 5
"""How many of many names a complaint lists."""


class Collector:
    """Takes answers as they are read.

    Args:
        problems: names of the problems that are asked for.
        limit_kb: largest source accepted, in units of 1024 bytes.
    """

    def __init__(self, problems: Iterable[str], limit_kb: int) -> None:
        self._names = Names(problems)
        self._limit = limit_kb * 1024
        self._found: dict[str, dict[int, Answer]] = defaultdict(dict)
        self._complaints: list[str] = []
        self._strangers: dict[str, str] = {}

    def complain(self, where: str, reason: str) -> None:
        """Note what could not be used."""
        self._complaints.append(_valid(f"{where}: {reason}"))

    def add(
        self,
        called: str,
        source: str,
        where: str,
        sample: int | None = None,
        language: Language | None = None,
    ) -> None:
        """Take an answer.

        An empty source is an answer too, and a wrong one: what a model failed to say must not
        vanish from the count. In the same way, half a character (a lone surrogate, which JSON
        can hold and no file can) is replaced by a question mark.

        Args:
            called: what the problem is called there.
            source: the solution's text.
            where: its origin, e.g. `answers.jsonl:12`.
            sample: its number; None for the next free one.
            language: found out from the source if None.
        """
        source, where = _valid(source), _valid(where)
        try:
            name = self._names.find(called)
        except NoSuchName as error:
            self._strangers.setdefault(_valid(called), _valid(f"{where}: {error}"))
            return
        if len(source.encode()) > self._limit:
            reason = f"the solution is larger than {self._limit // 1024} KiB (limits.source_kb)"
            self.complain(where, reason)
            return
        found = self._found[name]
        number = _next_free(found) if sample is None else sample
        if number in found:
            first = found[number].solution.origin
            self.complain(where, f"sample {number} of {name} was given before, by {first}")
            return
        chosen = language or self._detect(source, where)
        found[number] = Answer(Solution(source=source, language=chosen, origin=where), number)

    def finish(self) -> SolutionSet:
        """Return what was gathered."""
        complaints = list(self._complaints)
        strangers = list(self._strangers)
        if len(strangers) == 1:
            complaints += self._strangers.values()
        elif strangers:
            more = f" and {len(strangers) - _NAMED} more" if len(strangers) > _NAMED else ""
            complaints.append(
                f"solutions of {len(strangers)} problems that were not asked for, or not "
                f"unmistakably: {', '.join(strangers[:_NAMED])}{more}"
            )
        return SolutionSet(
            {
                name: tuple(found[number] for number in sorted(found))
                for name, found in self._found.items()
            },
            tuple(complaints),
        )

    def _detect(self, source: str, where: str) -> Language:
        try:
            return detect(source)
        except UsageError:
            self.complain(where, "kernels in two languages; judged as triton (say which is meant)")
            return Language.TRITON


def _next_free(found: dict[int, Answer]) -> int:
    return max(found, default=-1) + 1


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
