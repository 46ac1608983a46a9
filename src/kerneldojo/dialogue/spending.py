"""What a dialogue has cost so far, held against its budget."""

from __future__ import annotations

import time
from collections.abc import Callable

from kerneldojo.records import TurnRecord
from kerneldojo.settings import Budget


class Spending:
    """Counts turns, tokens, evaluations, money and seconds.

    Turns count when they begin, so that several begun at once cannot overshoot; the rest counts
    when it is known. The clock stands still between an interruption and going on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.turns = 0
        self.tokens = 0
        self.evaluations = 0
        self.money = 0.0
        self._clock = clock
        self._origin = clock()

    @property
    def seconds(self) -> float:
        """Time since the beginning, without interruptions."""
        return self._clock() - self._origin

    def begin(self) -> None:
        """Count a turn that is being taken now."""
        self.turns += 1

    def finish(self, turn: TurnRecord) -> None:
        """Count what a turn that was begun has cost."""
        self.tokens += turn.usage.tokens
        self.money += turn.usage.money
        self.evaluations += turn.evaluation_id is not None and turn.repeats is None

    def recall(self, turn: TurnRecord) -> None:
        """Count what a turn cost before an interruption, and set the clock to its end."""
        self.finish(turn)
        self._origin = min(self._origin, self._clock() - turn.elapsed_s)

    def exceeded(self, budget: Budget) -> str | None:
        """Return which limit leaves no room for another turn, in words; None if there is room."""
        spent = {
            "turns": (self.turns, budget.turns),
            "tokens": (self.tokens, budget.tokens),
            "evaluations": (self.evaluations, budget.evaluations),
            "money": (self.money, budget.money),
            "seconds": (self.seconds, budget.seconds),
        }
        for name, (amount, limit) in spent.items():
            if limit is not None and amount >= limit:
                return f"{name}: {amount:,.6g} of {limit:,.6g}"
        return None
