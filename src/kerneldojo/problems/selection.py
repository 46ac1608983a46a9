"""Which problems of a source are meant: by level, name, number, tag, and how many."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeVar

from kerneldojo.errors import UsageError
from kerneldojo.records import Problem

_T = TypeVar("_T")

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_NUMBER = re.compile(r"(\d+)(?![\d.])")


@dataclass(frozen=True)
class Ranges:
    """Whole numbers written as `1-20,35`: both ends belong."""

    spans: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> Ranges:
        """Read ranges.

        Raises:
            UsageError: if the text is not of the form `1-20,35`.
        """
        spans = []
        for part in text.split(","):
            match = _RANGE.fullmatch(part.strip())
            low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if low > high:
                raise UsageError(
                    f"{text!r} is not a range of numbers. Write, for example, 1-20 or 1-20,35."
                )
            spans.append((low, high))
        return cls(tuple(spans))

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and any(low <= number <= high for low, high in self.spans)


@dataclass(frozen=True)
class Selection:
    """What to keep of the problems that sources hold; the default keeps all.

    Raises:
        UsageError: if a value is impossible.
    """

    level: int | None = None
    """Only problems of this level, 1 to 4."""
    match: tuple[str, ...] = ()
    """Only names that match one of these patterns (`*`, `?`, `[abc]`)."""
    numbers: str | None = None
    """Only these numbers, as `1-20,35`. A problem's number is the one that the last part of
    its name starts with (19 of `kernelbench/level1/19`, 7 of `generated/train/7`), or else its
    place in its source, counted from 1."""
    tags: tuple[str, ...] = ()
    """Only problems that carry all of these tags."""
    limit: int | None = None
    """At most so many: the first ones, or with `sample_seed` ones drawn at random."""
    sample_seed: int | None = None
    """Draw the problems that `limit` leaves at random under this seed; they keep their order."""
    scale: str | None = None
    """`cpu`: scale every problem down for a CPU, as `@cpu` after its name does."""

    def __post_init__(self) -> None:
        if self.level is not None and self.level not in (1, 2, 3, 4):
            raise UsageError(f"there is no level {self.level}: levels are 1, 2, 3 and 4.")
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"a limit of {self.limit} leaves nothing: it has to be 1 or more.")
        if self.scale not in (None, "cpu"):
            raise UsageError(f"there is no scale {self.scale!r}: the only one is 'cpu'.")
        if self.numbers is not None:
            Ranges.parse(self.numbers)

    def keeps(self, problem: Problem, place: int) -> bool:
        """Say whether a problem, the `place`-th of its source from 1, is meant."""
        metadata = problem.metadata
        if self.level is not None and metadata.level != self.level:
            return False
        if self.match and not any(fnmatchcase(problem.name, glob) for glob in self.match):
            return False
        if not set(self.tags) <= set(metadata.tags):
            return False
        return self.numbers is None or number_of(problem.name, place) in _ranges(self.numbers)

    def is_met_by(self, count: int) -> bool:
        """Say whether so many kept problems leave nothing to look for."""
        return self.limit is not None and self.sample_seed is None and count >= self.limit

    def draw(self, found: list[_T]) -> list[_T]:
        """Return what `limit` and `sample_seed` leave of a list."""
        if self.limit is None or len(found) <= self.limit:
            return found
        if self.sample_seed is None:
            return found[: self.limit]
        chosen = random.Random(self.sample_seed).sample(range(len(found)), self.limit)
        return [found[index] for index in sorted(chosen)]

    def words(self) -> str:
        """Return the conditions in words, for messages, e.g. `level 2, tag norm`."""
        parts: Iterable[tuple[str, object]] = (
            ("level", self.level),
            ("match", ", ".join(self.match)),
            ("number", self.numbers),
            ("tag", ", ".join(self.tags)),
        )
        return ", ".join(f"{word} {value}" for word, value in parts if value not in (None, ""))


@lru_cache(maxsize=8)
def _ranges(text: str) -> Ranges:
    return Ranges.parse(text)


def number_of(name: str, place: int) -> int:
    """Return the number that the last part of a name starts with, or else `place`."""
    match = _NUMBER.match(name.rpartition("/")[2])
    return int(match[1]) if match else place
