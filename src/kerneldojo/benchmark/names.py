"""Which problem a file or a row is a solution of (docs/benchmark.md states the rule)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product

_KERNELBENCH = re.compile(r"(?:.*/)?level_(\d+)_problem_(\d+)")
_NUMBERED = re.compile(r"(.*?)(\d+)_\w+")
_SAMPLE = re.compile(r"(.+?)_sample_(\d+)(?:_kernel)?")
_SCALED = "@cpu"


class NoSuchName(LookupError):
    """No problem, or more than one, goes by a name."""


class Names:
    """The names that solutions may call problems by.

    A problem goes by its full name, by the end of it (`norm/layer_norm` for
    `suite/norm/layer_norm`), and by either with `_` or `__` for every `/`. One scaled for a CPU
    also goes by its name without `@cpu`. The more exact name wins: a file called after the
    original is not taken for the scaled problem if the original is asked for as well.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        names = list(problems)
        self._ranks: list[dict[str, set[str]]] = []
        for scaled, shortened in product((False, True), repeat=2):
            rank: dict[str, set[str]] = defaultdict(set)
            for name in names:
                for alias in _aliases(name, shortened, scaled):
                    rank[alias].add(name)
            self._ranks.append(rank)

    def find(self, text: str) -> str:
        """Return the full name of the problem that goes by `text`.

        Raises:
            NoSuchName: with the reason, if none does or several do.
        """
        for alias in _readings(text):
            for rank in self._ranks:
                found = rank.get(alias, set())
                if len(found) == 1:
                    return next(iter(found))
                if found:
                    raise NoSuchName(f"{text!r} may mean {' or '.join(sorted(found))}")
        raise NoSuchName(f"no problem named {text!r} was asked for")


def split_sample(stem: str) -> tuple[str, int | None]:
    """Return a file name without its `_sample_<S>` (or `_sample_<S>_kernel`) end, and the S."""
    match = _SAMPLE.fullmatch(stem)
    return (match[1], int(match[2])) if match else (stem, None)


def _readings(text: str) -> Iterator[str]:
    match = _KERNELBENCH.fullmatch(text)
    yield f"kernelbench/level{match[1]}/{match[2]}" if match else text
    numbered = _NUMBERED.fullmatch(text)
    if numbered:  # 19_ReLU is KernelBench's file name of problem 19
        yield numbered[1] + numbered[2]


def _aliases(name: str, shortened: bool, scaled: bool) -> Iterator[str]:
    if scaled:
        if not name.endswith(_SCALED):
            return
        name = name.removesuffix(_SCALED)
    parts = name.split("/")
    for start in range(1, len(parts)) if shortened else [0]:
        yield "/".join(parts[start:])
        yield "_".join(parts[start:])
        yield "__".join(parts[start:])
