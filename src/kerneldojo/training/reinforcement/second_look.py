"""A judge that looks twice at what is too good to be believed at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.settings import EvaluationSettings


class Judge(Protocol):
    """What is needed of an `Evaluator`."""

    settings: EvaluationSettings

    def submit(
        self,
        problem: Problem,
        solution: Solution,
        on_stage: Callable[[str], None],
        *,
        anew: EvaluationSettings | None = None,
    ) -> Future[Evaluation]:
        """Queue one solution."""
        ...


class SecondLook:
    """Judges anew, with fresh seeds, what is implausibly fast, and believes the second verdict.

    A measurement is disturbed now and then, and of many the luckiest are learnt from the most.
    What was looked at twice is remembered.

    Source: arXiv 2602.05885, which measures again above a speedup of 3.

    Args:
        judge: who judges.
        limit: speedups above this are looked at again.
    """

    def __init__(self, judge: Judge, limit: float) -> None:
        self.settings = judge.settings
        self._judge = judge
        self._limit = limit
        self._believed: dict[tuple[str, str], Evaluation] = {}

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        """Queue one solution."""
        answer: Future[Evaluation] = Future()
        key = (problem.digest, solution.digest)
        known = self._believed.get(key)
        if known is not None:
            answer.set_result(known)
            return answer

        def finish(second: Future[Evaluation]) -> None:
            if error := second.exception():
                answer.set_exception(error)
                return
            if second.result().status.judged:
                self._believed[key] = second.result()
            answer.set_result(second.result())

        def look(first: Future[Evaluation]) -> None:
            if error := first.exception():
                answer.set_exception(error)
                return
            if (first.result().speedup or 0.0) <= self._limit:
                answer.set_result(first.result())
                return
            again = self._judge.submit(problem, solution, on_stage, anew=self.settings)
            again.add_done_callback(finish)

        self._judge.submit(problem, solution, on_stage).add_done_callback(look)
        return answer
