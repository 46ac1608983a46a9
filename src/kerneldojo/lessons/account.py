"""What came of teaching: how much was said, how much of it became lessons, and why not the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from kerneldojo.corpus import filters
from kerneldojo.corpus.filters import Answer
from kerneldojo.records import Trajectory, Turn
from kerneldojo.records.base import Record


class Told(Record):
    """Replies of one kind with one verdict."""

    teacher: str
    """What answered, in its own words; of `templates`, with the quality."""
    status: str
    """The verdict, or why the reply held no solution; empty if none was asked for."""
    replies: int
    lessons: int
    """How many of them a lesson ends with."""


class Lessons(Record):
    """A set of lessons."""

    run: str
    """Directory of the run."""
    path: str
    """File of the lessons."""
    lessons: int
    conversations: int
    """How many were held."""
    unknown: tuple[str, ...] = ()
    """Problems that the teacher has no answer to."""
    dropped: dict[str, int] = {}
    """How many conversations each filter dropped."""
    told: tuple[Told, ...] = ()
    """What was said, the commonest first."""


def tally(
    trajectories: Iterable[Trajectory], kept: Collection[str], which: Answer
) -> tuple[Told, ...]:
    """Count replies by what said them and by their verdicts.

    Args:
        trajectories: with all their turns.
        kept: ids of those that became lessons.
        which: the turn that a lesson ends with.
    """
    replies: Counter[tuple[str, str]] = Counter()
    lessons: Counter[tuple[str, str]] = Counter()
    for trajectory in trajectories:
        replies.update(_kind(turn) for turn in trajectory.turns)
        last = filters.answer(trajectory, which)
        if last is not None and trajectory.record.id in kept:
            lessons[_kind(last)] += 1
    return tuple(
        Told(teacher=teacher, status=status, replies=count, lessons=lessons[teacher, status])
        for (teacher, status), count in replies.most_common()
    )


def _kind(turn: Turn) -> tuple[str, str]:
    verdict = turn.evaluation.status if turn.evaluation else turn.record.reply_problem
    return turn.record.model, str(verdict)
