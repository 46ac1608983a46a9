"""Which trajectories become training data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple, Self

from kerneldojo.corpus.filters import Answer, Improving
from kerneldojo.errors import UsageError, did_you_mean


class Distinct(StrEnum):
    """Which answers to one problem are the same."""

    EXACT = "exact"
    """Those with equal source."""
    NEAR = "near"
    """Those that differ in comments, blank space and names only."""


@dataclass(frozen=True)
class Keep:
    """What is asked of a trajectory; what is left out is not asked.

    Raises:
        UsageError: if a bound makes no sense.
    """

    answer: Answer = Answer.BEST
    """The turn that `correct`, `speedup` and `coverage` ask about."""
    ended: bool = False
    """It came to an end."""
    correct: bool = False
    """The answer is correct."""
    honest: bool = False
    """No turn has a fatal finding."""
    speedup: float | None = None
    """The answer is correct and at least this many times as fast as the reference."""
    coverage: float | None = None
    """At least this share of the answer's time, 0 to 1, is spent in its own kernels."""
    improving: Improving | None = None
    """It gets better on its way to the answer."""
    distinct: Distinct | None = None
    """No better trajectory of the problem has the same answer."""
    per_problem: int | None = None
    """It is among so many best of its problem."""

    def __post_init__(self) -> None:
        if self.coverage is not None and not 0 <= self.coverage <= 1:
            raise UsageError(f"coverage={self.coverage:g}: a coverage is from 0 to 1.")
        if self.speedup is not None and not self.speedup >= 0:
            raise UsageError(f"speedup={self.speedup:g}: a speedup is 0 or more.")
        if self.per_problem is not None and self.per_problem < 1:
            raise UsageError(f"per_problem={self.per_problem}: keep 1 or more of each problem.")

    @classmethod
    def parse(cls, words: Iterable[str]) -> Self:
        """Read filters as `--keep` has them: `correct`, `speedup=1.2`, `distinct=near`.

        Raises:
            UsageError: if there is no such filter, or its value is not one it takes.
        """
        chosen = cls()
        for word in words:
            name, _, value = word.partition("=")
            name = name.strip().replace("-", "_")
            if name not in _FILTERS:
                hint = did_you_mean(name, sorted(_FILTERS))
                known = ", ".join(_FILTERS).replace("_", "-")
                raise UsageError(f"no filter is called {name!r}.{hint} Known are: {known}.")
            try:
                chosen = replace(chosen, **{name: _FILTERS[name].read(value.strip())})
            except ValueError:
                raise UsageError(f"{word}: {name} takes {_FILTERS[name].takes}.") from None
        return chosen


def _flag(text: str) -> bool:
    if text:
        raise ValueError
    return True


class _Filter(NamedTuple):
    read: Callable[[str], Any]
    takes: str
    """For the message about a value that it does not take."""


_FILTERS: dict[str, _Filter] = {
    "answer": _Filter(Answer, "best or last"),
    "ended": _Filter(_flag, "no value"),
    "correct": _Filter(_flag, "no value"),
    "honest": _Filter(_flag, "no value"),
    "speedup": _Filter(float, "a number, e.g. 1.2"),
    "coverage": _Filter(float, "a number from 0 to 1"),
    "improving": _Filter(
        lambda text: Improving(text or Improving.LAST), "last (the default) or each"
    ),
    "distinct": _Filter(
        lambda text: Distinct(text or Distinct.EXACT), "exact (the default) or near"
    ),
    "per_problem": _Filter(int, "a whole number"),
}
