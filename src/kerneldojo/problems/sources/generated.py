"""Problems made by the generator: `generated/train/0-999`, `generated/test/7`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems.selection import Ranges
from kerneldojo.problems.sources.base import Item, trial

_NAME = re.compile(r"generated/(?P<split>[^/]+)(?:/(?P<numbers>[^/]+))?/?")


def read(spec: str) -> Iterator[Item]:
    """Yield generated problems by index, from 0; a split alone means all of it.

    Raises:
        ProblemNotFound: if the split or an index does not exist.
    """
    from kerneldojo.problems import generator

    match = _NAME.fullmatch(spec)
    if match is None:
        raise ProblemNotFound(
            f"{spec!r} is not of the form 'generated/<split>/<index>', with a split of "
            f"{', '.join(generator.splits())}; a range such as generated/train/0-999 stands "
            "for several"
        )
    split = match["split"]
    count = generator.population(split)
    for low, high in _spans(match["numbers"], count, spec):
        for index in range(low, high + 1):
            name = f"generated/{split}/{index}"
            yield trial(partial(generator.generate, split, index), name)


def _spans(numbers: str | None, count: int, spec: str) -> tuple[tuple[int, int], ...]:
    if numbers is None or numbers == "*":
        return ((0, count - 1),)
    try:
        spans = Ranges.parse(numbers).spans
    except UsageError as error:
        raise ProblemNotFound(f"{spec!r}: {error}") from None
    if any(high >= count for _, high in spans):
        raise ProblemNotFound(f"{spec!r}: the last index of this split is {count - 1}")
    return spans
