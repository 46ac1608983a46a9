"""Which outcomes a metric is about: first samples, last turns, the best so far, one group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from kerneldojo.records import Outcome, Status

Key = Literal["level", "family", "target"]


def group_by(outcomes: Iterable[Outcome], key: Key) -> dict[str, list[Outcome]]:
    """Return outcomes by level, family or target, sorted by it; an unknown one is `""`."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(group_name(getattr(outcome, key)), []).append(outcome)
    return dict(sorted(groups.items()))


def group_name(value: str | int | None) -> str:
    """Return the name of the group with this level, family or target."""
    return "" if value is None else str(value)


def first_samples(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return of each problem the outcomes with the lowest sample number."""
    rows = list(outcomes)
    lowest: dict[str, int] = {}
    for row in rows:
        lowest[row.problem] = min(row.sample, lowest.get(row.problem, row.sample))
    return [row for row in rows if row.sample == lowest[row.problem]]


def last_turns(outcomes: Iterable[Outcome], upto: int | None = None) -> list[Outcome]:
    """Return of each trajectory its last outcome, or the last one up to a turn.

    A trajectory is what has the same problem and sample. One that ended before turn `upto` keeps
    the answer it ended with.
    """
    rows = [row for row in outcomes if upto is None or row.turn <= upto]
    last: dict[tuple[str, int], int] = {}
    for row in rows:
        key = (row.problem, row.sample)
        last[key] = max(row.turn, last.get(key, row.turn))
    return [row for row in rows if row.turn == last[row.problem, row.sample]]


def best_so_far(
    outcomes: Iterable[Outcome], upto: int | None = None, *, lower_bound: bool = False
) -> list[Outcome]:
    """Return of each trajectory its best outcome, or the best one up to a turn.

    Correct beats incorrect, faster beats slower, timed beats untimed, judged beats unscored, and
    the earlier of equals stays. Choosing by the same measurement that is then reported is
    optimistic; `lower_bound` chooses by the lower end of the speedup's interval.
    """
    best: dict[tuple[str, int], Outcome] = {}
    rank = _rank(lower_bound)
    for row in sorted(outcomes, key=lambda row: row.turn):
        key = (row.problem, row.sample)
        if (upto is None or row.turn <= upto) and (key not in best or rank(row) > rank(best[key])):
            best[key] = row
    return list(best.values())


def turns(outcomes: Iterable[Outcome]) -> Sequence[int]:
    """Return the numbers of all turns up to the last one."""
    return range(max((row.turn for row in outcomes), default=-1) + 1)


def _rank(lower_bound: bool) -> Callable[[Outcome], tuple[bool, bool, float]]:
    def rank(row: Outcome) -> tuple[bool, bool, float]:
        speedup = row.speedup_low if lower_bound else row.speedup
        correct = row.status is Status.CORRECT
        return row.status.judged, correct, -math.inf if speedup is None else speedup

    return rank
