"""Choosing trajectories: each on its own merits, then among those of its problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Generic, TypeVar

from kerneldojo.corpus import filters
from kerneldojo.corpus.keep import Distinct, Keep
from kerneldojo.corpus.likeness import likeness
from kerneldojo.records import Trajectory, Turn

K = TypeVar("K")


@dataclass(frozen=True)
class Selection(Generic[K]):
    """What came of asking."""

    kept: frozenset[K]
    seen: int
    dropped: dict[str, int]
    """How many trajectories each filter dropped; each counts for the first that did. `answer`
    stands for those without a turn, and those of whose answer the prompt is not all there."""


@dataclass(frozen=True)
class _Candidate(Generic[K]):
    key: K
    problem: str
    rank: tuple[bool, float]
    source: str | None


def select(trajectories: Iterable[tuple[K, Trajectory]], keep: Keep) -> Selection[K]:
    """Return which trajectories are wanted, looking at one at a time.

    Args:
        trajectories: each with a key of the caller's own, by which `Selection.kept` names it.
        keep: what is asked of them.
    """
    seen = 0
    dropped: Counter[str] = Counter()
    candidates: list[_Candidate[K]] = []
    for key, trajectory in trajectories:
        seen += 1
        reason = dropped_by(trajectory, keep)
        if reason is not None:
            dropped[reason] += 1
            continue
        turn = filters.answer(trajectory, keep.answer)
        assert turn is not None
        digest = trajectory.record.problem_digest
        candidates.append(
            _Candidate(key, digest, filters.rank(trajectory, turn), _same(turn, keep))
        )
    kept: set[K] = set()
    counts: Counter[str] = Counter()
    known: set[tuple[str, str]] = set()
    for each in sorted(candidates, key=lambda one: one.rank, reverse=True):
        if each.source is not None and (each.problem, each.source) in known:
            dropped["distinct"] += 1
        elif keep.per_problem is not None and counts[each.problem] >= keep.per_problem:
            dropped["per_problem"] += 1
        else:
            kept.add(each.key)
            counts[each.problem] += 1
            if each.source is not None:
                known.add((each.problem, each.source))
    order = [field.name for field in fields(Keep)]
    told = {name: dropped[name] for name in order if dropped[name]}
    return Selection(frozenset(kept), seen, told)


def dropped_by(trajectory: Trajectory, keep: Keep) -> str | None:
    """Return the first filter that a trajectory does not pass on its own merits, if any."""
    turn = filters.answer(trajectory, keep.answer)
    if keep.ended and trajectory.ending is None:
        return "ended"
    if turn is None or not filters.is_whole(trajectory, turn):
        return "answer"
    if keep.correct and not filters.is_correct(trajectory, turn):
        return "correct"
    if keep.honest and not filters.is_honest(trajectory):
        return "honest"
    if keep.speedup is not None and filters.rank(trajectory, turn) < (True, keep.speedup):
        return "speedup"
    if keep.coverage is not None and filters.coverage(trajectory, turn) < keep.coverage:
        return "coverage"
    if keep.improving is not None and not filters.improves(trajectory, turn, keep.improving):
        return "improving"
    return None


def _same(turn: Turn, keep: Keep) -> str | None:
    if keep.distinct is None or turn.solution is None:
        return None
    near = keep.distinct is Distinct.NEAR
    return likeness(turn.solution.source) if near else turn.solution.digest
