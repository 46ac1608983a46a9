"""A policy that answers bundled problems with their gold solutions."""

from __future__ import annotations

from kerneldojo.policies.base import Topic
from kerneldojo.policies.teacher import Teacher
from kerneldojo.problems.gold import gold_solution
from kerneldojo.records import Completion, Language


class Gold(Teacher):
    """Answers with the gold solution of the problem, at every turn."""

    name = "gold"
    language = Language.TRITON
    knows_what = "bundled problems (`suite/…`)"

    def knows(self, problem: str) -> bool:
        """Return whether a problem has a gold solution."""
        return gold_solution(problem) is not None

    def reply(self, topic: Topic) -> Completion:
        """Return the gold solution.

        Raises:
            PolicyRefused: if the problem has none.
        """
        solution = gold_solution(topic.problem)
        if solution is None:
            raise self._lost(topic.problem)
        return self._said(solution.source, self.name)
