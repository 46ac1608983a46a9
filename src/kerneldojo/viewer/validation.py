"""The figures of a validation, by the names that the steps of a training have for them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kerneldojo.records import Status
from kerneldojo.store.steps import Figures
from kerneldojo.viewer.index import Known, RunIndex, Verdict

LAZY = 0.3
"""A correct turn whose own kernels take less than this share of the time is lazy."""
_Judged = tuple[float, Verdict | None]
"""A valid turn's reward, and its verdict if it held a solution."""


def figures_of(run: RunIndex) -> Figures:
    """Return means over the trajectories of a run; turns without a reward, ours to blame, are out.

    Each trajectory counts as often as it has turns where turns are counted, else once.
    """
    groups = [turns for turns in (_valid(run, known) for known in run.known) if turns]
    turns = [turn for group in groups for turn in group]
    correct = [turn[1] for turn in turns if _right(turn) and turn[1]]
    known = [verdict.coverage for verdict in correct if verdict.coverage is not None]
    speeds = [math.log(verdict.speedup) for verdict in correct if verdict.speedup]
    geometric = mean(speeds)
    figures: Figures = {
        "trajectories": len(run.known),
        "turns": len(turns),
        "reward": mean(reward for reward, _ in turns),
        "reward_last": mean(group[-1][0] for group in groups),
        "reward_best": mean(max(reward for reward, _ in group) for group in groups),
        "correct": mean(map(_right, turns)),
        "hacked": mean(_status(turn) is Status.HACKED for turn in turns),
        "coverage": mean(known),
        "lazy": mean(coverage < LAZY for coverage in known),
        "speedup": None if geometric is None else math.exp(geometric),
    }
    for least, name in ((1.0, "fast_1"), (1.2, "fast_1_2")):
        figures[name] = mean(_fast(group[-1:], least) for group in groups)
        figures[f"best_{name}"] = mean(_fast(group, least) for group in groups)
    return figures


def _valid(run: RunIndex, known: Known) -> list[_Judged]:
    turns = (known.turns[number] for number in sorted(known.turns))
    return [
        (turn.part.reward, run.verdicts.get(turn.verdict or ""))
        for turn in turns
        if turn.part.reward is not None
    ]


def _status(turn: _Judged) -> Status | None:
    return turn[1].status if turn[1] else None


def _right(turn: _Judged) -> bool:
    return _status(turn) is Status.CORRECT


def _fast(turns: Sequence[_Judged], least: float) -> bool:
    return any(_right(turn) and turn[1] and (turn[1].speedup or 0) >= least for turn in turns)


def mean(values: Iterable[float]) -> float | None:
    """Return the mean; None of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else None
