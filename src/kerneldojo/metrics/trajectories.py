"""What trajectories came to, turn by turn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from kerneldojo.records import End, Status, Trajectory, Turn, Usage
from kerneldojo.records.base import Record

NO_SOLUTION = "NO_SOLUTION"
"""Stands among the statuses for replies without a solution."""


class TurnFigures(Record):
    """The turns of one number over all trajectories.

    Shares and means are means over problems of the means over their trajectories. Turns that a
    fault of ours kept from being judged are left out. A trajectory that has ended stands with
    what it had, for the shares but not for the mean reward.
    """

    turn: int
    """Counted from 0."""
    turns: int
    """How many there are."""
    reward: float | None
    """Mean reward; None if none of the turns was judged."""
    correct: float | None
    """Share of trajectories that are correct with their last answer."""
    fast_1_last: float | None
    """fast@1 of the last answers."""
    fast_1_best: float | None
    """fast@1 of the best answers so far."""


class TrajectorySummary(Record):
    """All figures of a collection."""

    trajectories: int
    finished: int
    """Trajectories that have ended; the others were interrupted."""
    turns: int
    ends: dict[End, int]
    statuses: dict[str, int]
    """How many turns came to each status; `NO_SOLUTION` where a reply held none."""
    by_turn: tuple[TurnFigures, ...]
    usage: Usage


def summarise_trajectories(trajectories: Iterable[Trajectory]) -> TrajectorySummary:
    """Return the figures of trajectories.

    Args:
        trajectories: of one run.
    """
    known = list(trajectories)
    turns = [turn for each in known for turn in each.turns]
    usage = Usage()
    for each in known:
        usage += each.usage
    longest = max((len(each.turns) for each in known), default=0)
    return TrajectorySummary(
        trajectories=len(known),
        finished=sum(each.ending is not None for each in known),
        turns=len(turns),
        ends=dict(Counter(each.ending.end for each in known if each.ending)),
        statuses=dict(Counter(map(status_of, turns)).most_common()),
        by_turn=tuple(_figures(known, number) for number in range(longest)),
        usage=usage,
    )


def status_of(turn: Turn) -> str:
    """Return a turn's status, or `NO_SOLUTION`."""
    return str(turn.evaluation.status) if turn.evaluation else NO_SOLUTION


def _figures(trajectories: Sequence[Trajectory], number: int) -> TurnFigures:
    rewards, correct, last, best = (defaultdict[str, list[float]](list) for _ in range(4))
    count = 0
    for each in trajectories:
        if len(each.turns) > number:
            count += 1
            reward = each.turns[number].reward
            if reward is not None:
                rewards[each.record.problem].append(reward)
        judged = [turn for turn in each.turns[: number + 1] if turn.reward is not None]
        if not judged:
            continue
        correct[each.record.problem].append(status_of(judged[-1]) == Status.CORRECT)
        last[each.record.problem].append(_is_fast(judged[-1]))
        best[each.record.problem].append(any(map(_is_fast, judged)))
    return TurnFigures(
        turn=number,
        turns=count,
        reward=_mean(rewards),
        correct=_mean(correct),
        fast_1_last=_mean(last),
        fast_1_best=_mean(best),
    )


def _is_fast(turn: Turn) -> bool:
    return turn.speedup is not None and turn.speedup > 1


def _mean(by_problem: dict[str, list[float]]) -> float | None:
    return fmean(map(fmean, by_problem.values())) if by_problem else None
