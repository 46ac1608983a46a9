"""What there is to say about a trajectory as training data."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise

from kerneldojo.dialogue.conversations import lineage
from kerneldojo.records import Evaluation, Status, Trajectory, Turn


class Answer(StrEnum):
    """Which turn counts as a trajectory's answer."""

    BEST = "best"
    """The one that a search chose, else the fastest correct one, else the last."""
    LAST = "last"
    """The last."""


class Improving(StrEnum):
    """In what sense a trajectory gets better on its way to the answer."""

    LAST = "last"
    """The answer is better than the first turn it descends from."""
    EACH = "each"
    """Besides, each correct turn is faster than the correct one before it."""


def answer(trajectory: Trajectory, which: Answer = Answer.BEST) -> Turn | None:
    """Return the turn that counts as the answer; None if there is no turn."""
    if not trajectory.turns:
        return None
    if which is Answer.BEST:
        winner = trajectory.ending.winner if trajectory.ending else None
        chosen = next((turn for turn in trajectory.turns if turn.number == winner), None)
        best = None if is_refuted(trajectory) else trajectory.best
        if chosen or best:
            return chosen or best
    return trajectory.turns[-1]


def is_refuted(trajectory: Trajectory) -> bool:
    """Whether a search judged what looked correct anew, and nothing of it stood."""
    ending = trajectory.ending
    return ending is not None and ending.winner is None and trajectory.best is not None


def verdict(trajectory: Trajectory, turn: Turn) -> Evaluation | None:
    """Return the evaluation that counts for a turn: of a winner that was judged anew, that one."""
    ending = trajectory.ending
    anew = trajectory.verification
    if anew is not None and ending is not None and ending.winner == turn.number:
        return anew if anew.status.judged else turn.evaluation
    return turn.evaluation


def is_correct(trajectory: Trajectory, turn: Turn) -> bool:
    """Whether a turn's solution is correct, and was not refuted when it was judged anew."""
    evaluation = verdict(trajectory, turn)
    correct = evaluation is not None and evaluation.status is Status.CORRECT
    return correct and not is_refuted(trajectory)


def is_honest(trajectory: Trajectory) -> bool:
    """Whether no turn has a fatal finding."""
    judged = [trajectory.verification, *(turn.evaluation for turn in trajectory.turns)]
    return not any(each.fatal for one in judged if one is not None for each in one.findings)


def rank(trajectory: Trajectory, turn: Turn) -> tuple[bool, float]:
    """Return how good a turn is: correct above all, then fast."""
    if not is_correct(trajectory, turn):
        return False, 0.0
    evaluation = verdict(trajectory, turn)
    return True, (evaluation.speedup if evaluation is not None else None) or 0.0


def coverage(trajectory: Trajectory, turn: Turn) -> float:
    """Return the share of a turn's time that is spent in own kernels, 0 where unknown."""
    evaluation = verdict(trajectory, turn)
    profile = evaluation.profile if evaluation is not None else None
    return (profile.coverage if profile is not None else None) or 0.0


def improves(trajectory: Trajectory, turn: Turn, sense: Improving) -> bool:
    """Whether the turns from which a turn descends, and it, get better.

    Those that a fault of ours kept from being judged are no worse than others, and left out.
    """
    line = [each for each in lineage(trajectory, turn) if each.record.valid]
    ranks = [rank(trajectory, each) for each in line]
    if len(ranks) < 2 or not ranks[-1] > ranks[0]:
        return False
    correct = [speedup for right, speedup in ranks if right]
    return sense is Improving.LAST or all(later > earlier for earlier, later in pairwise(correct))


def is_whole(trajectory: Trajectory, turn: Turn) -> bool:
    """Whether all turns are there that the model was shown at a turn."""
    return {each.number for each in trajectory.turns}.issuperset(turn.record.context)
