"""How a figure develops over the turns of trajectories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from kerneldojo.metrics.estimate import Estimate
from kerneldojo.metrics.selection import best_so_far, last_turns, turns
from kerneldojo.records import Outcome

History = Literal["last", "best"]
"""Each trajectory's answer at a turn: its last one, or the best one of its history."""


def turn_curve(
    outcomes: Sequence[Outcome],
    metric: Callable[[Sequence[Outcome]], Estimate],
    history: History = "last",
) -> list[Estimate]:
    """Return a metric at every turn; the position in the list is the turn.

    Args:
        outcomes: of whole trajectories.
        metric: for example `lambda chosen: fast_p(chosen, 1.2)`.
        history: whether a trajectory stands with its last answer or with its best.
    """
    choose = best_so_far if history == "best" else last_turns
    return [metric(choose(outcomes, turn)) for turn in turns(outcomes)]
