"""Which failure came closest to a correct solution."""

from __future__ import annotations

from collections.abc import Iterable

from kerneldojo.records import Status, Turn

_ORDER = list(Status)


def closest_turn(turns: Iterable[Turn]) -> Turn | None:
    """Return the turn that got furthest, the latest of equals; None if none was judged.

    A solution that got through more stages is closer; of two with wrong values the one with the
    smaller share of wrong elements is. A dishonest one, which got furthest of all, comes last.
    """
    judged = [turn for turn in turns if turn.reward is not None]
    return max(judged, key=lambda turn: (_progress(turn), turn.number), default=None)


def _progress(turn: Turn) -> tuple[int, float]:
    if turn.evaluation is None:
        return -1, 0.0
    status = turn.evaluation.status
    if status is Status.HACKED:
        return -2, 0.0
    correctness = turn.evaluation.correctness
    mismatch = correctness.mismatch if correctness else None
    wrong = mismatch.wrong_elements / max(mismatch.total_elements, 1) if mismatch else 1.0
    return _ORDER.index(status), -wrong
