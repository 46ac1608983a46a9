"""In which order problems are asked about: all of them in each round, every round shuffled anew."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence

from kerneldojo.records import Problem


class ProblemOrder:
    """An endless sequence of problems that follows from a seed; it holds no position.

    Args:
        problems: what is asked about; at least one.
        seed: of the order.
    """

    def __init__(self, problems: Sequence[Problem], seed: int) -> None:
        self.problems = list(problems)
        self._seed = seed

    def take(
        self, position: int, count: int, without: Collection[str] = ()
    ) -> tuple[list[Problem], int]:
        """Return the next problems, none of them twice, and the position after them.

        Args:
            position: how many problems were passed before.
            count: how many are wanted; there may be fewer if all others are left out.
            without: names of problems that are passed over.
        """
        taken: dict[str, Problem] = {}
        open_ones = {problem.name for problem in self.problems} - set(without)
        count = min(count, len(open_ones))
        while len(taken) < count:
            problem = self._at(position)
            position += 1
            if problem.name in open_ones:
                taken.setdefault(problem.name, problem)
        return list(taken.values()), position

    def _at(self, position: int) -> Problem:
        round_, place = divmod(position, len(self.problems))
        order = list(range(len(self.problems)))
        random.Random(f"{self._seed}/{round_}").shuffle(order)
        return self.problems[order[place]]
