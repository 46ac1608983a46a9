"""Which turns are worth showing again."""

from __future__ import annotations

from collections.abc import Iterable

from kerneldojo.records import Turn


def worth(turn: Turn) -> float:
    """Return the reward of a turn that has one."""
    assert turn.reward is not None
    return turn.reward


def best_turns(turns: Iterable[Turn], keep: int) -> list[Turn]:
    """Return the turns with the highest rewards, in the order in which they were given.

    Of equals the later ones are taken: they know more. A turn without a reward, lost to a fault
    of ours, teaches nothing, and one that says again what an earlier one said teaches nothing
    new; neither is taken.

    Args:
        turns: in order of being taken.
        keep: most turns returned.
    """
    fit = [turn for turn in turns if turn.reward is not None and turn.record.repeats is None]
    order = sorted(range(len(fit)), key=lambda at: (worth(fit[at]), at), reverse=True)
    return [fit[at] for at in sorted(order[:keep])]


def best_turn(turns: Iterable[Turn]) -> Turn | None:
    """Return the turn with the highest reward, the latest of equals; None if none has one."""
    return next(iter(best_turns(turns, 1)), None)
