"""When a dialogue ends before its last turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kerneldojo.records import End, Turn
from kerneldojo.settings import StopRules


class Over(Exception):
    """Raised where a further turn was asked of a dialogue that has come to its end."""

    def __init__(self, end: End, note: str = "") -> None:
        super().__init__(end, note)
        self.end = end
        self.note = note


Rule = Callable[[Sequence[Turn]], Over | None]
"""Says after some turns whether they were the last."""


def rule_that_ends(turns: Sequence[Turn], rules: StopRules) -> Over | None:
    """Return the end that the rules prescribe after these turns, if any.

    Args:
        turns: all turns so far, in order of their numbers.
        rules: which ends there are.
    """
    goal = rules.speedup_goal
    if goal is not None:
        for turn in turns:
            if turn.speedup is not None and turn.speedup >= goal:
                note = (
                    f"turn {turn.number + 1} is {turn.speedup:.2f} times as fast as the reference"
                )
                return Over(End.GOAL, note)
    if rules.patience is not None and turns_without_gain(turns) >= rules.patience:
        return Over(End.PATIENCE, f"no better reward in {rules.patience} turns")
    if rules.repeats is not None and len(turns) >= rules.repeats:
        last = turns[-rules.repeats :]
        # whoever was not shown the earlier turn could not know
        if all(turn.record.repeats in turn.record.context for turn in last):
            return Over(End.REPEATS, f"{rules.repeats} replies in a row said what was said before")
    return None


def turns_without_gain(turns: Sequence[Turn]) -> int:
    """Return how many turns at the end brought no better reward than the best before them.

    Turns that a fault of ours kept from being judged do not count.
    """
    best, since = None, 0
    for turn in turns:
        if turn.reward is None:
            continue
        if best is None or turn.reward > best:
            best, since = turn.reward, 0
        else:
            since += 1
    return since
