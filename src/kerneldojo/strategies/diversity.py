"""How different sources are, and a choice of turns that are good and different."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kerneldojo.records import Turn
from kerneldojo.strategies.ranking import worth

_SHINGLE = 3
_TOKEN = re.compile(r"\w+|[^\w\s]")


def distance(one: str, other: str) -> float:
    """Return how different two sources are, from 0 for equal ones to 1 (Jaccard distance).

    Compared are the sets of all runs of three tokens, so that layout does not count, and moving
    a block changes little (w-shingling; Broder, *On the resemblance and containment of
    documents*, 1997).
    """
    a, b = _shingles(one), _shingles(other)
    union = len(a | b)
    return 1 - len(a & b) / union if union else 0.0


def good_and_different(
    turns: Sequence[Turn], count: int, diversity: float, chosen: Sequence[Turn] = ()
) -> list[Turn]:
    """Return some turns in order of being chosen: each is good, and unlike those before it.

    Chosen is, time and again, the turn with the largest
    (1 − diversity)·reward ÷ highest reward + diversity·distance to the nearest one chosen before
    (maximal marginal relevance; Carbonell and Goldstein, 1998); of equals the earliest.

    Args:
        turns: with rewards and solutions.
        count: most turns returned.
        diversity: from 0, rewards only, to 1, differences only.
        chosen: turns that the choice shall differ from as well.
    """
    highest = max(map(worth, turns), default=0.0) or 1.0
    near = {id(turn): min((_between(turn, one) for one in chosen), default=1.0) for turn in turns}
    left, found = list(turns), list[Turn]()

    def merit(turn: Turn) -> float:
        return (1 - diversity) * worth(turn) / highest + diversity * near[id(turn)]

    while left and len(found) < count:
        next_ = max(left, key=merit)
        left = [turn for turn in left if turn is not next_]
        found.append(next_)
        for turn in left:
            near[id(turn)] = min(near[id(turn)], _between(turn, next_))
    return found


def _between(one: Turn, other: Turn) -> float:
    assert one.solution is not None
    assert other.solution is not None
    return distance(one.solution.source, other.solution.source)


@lru_cache(maxsize=512)
def _shingles(source: str) -> frozenset[tuple[str, ...]]:
    tokens = _TOKEN.findall(source)
    if len(tokens) <= _SHINGLE:
        return frozenset([tuple(tokens)]) if tokens else frozenset()
    return frozenset(zip(*(tokens[start:] for start in range(_SHINGLE)), strict=False))
