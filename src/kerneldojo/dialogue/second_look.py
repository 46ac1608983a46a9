"""A judge that looks twice at what is too good to be believed at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
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

        def finish(second: Evaluation) -> None:
            if second.status.judged:
                self._believed[key] = second
            answer.set_result(second)

        def look(first: Evaluation) -> None:
            if (first.speedup or 0.0) <= self._limit:
                answer.set_result(first)
            else:
                again = self._judge.submit(problem, solution, on_stage, anew=self.settings)
                _pass_on(again, finish, answer)

        _pass_on(self._judge.submit(problem, solution, on_stage), look, answer)
        return answer


def _pass_on(
    verdict: Future[Evaluation],
    use: Callable[[Evaluation], None],
    answer: Future[Evaluation],
) -> None:
    """Use a verdict once it is there; whatever goes wrong is the answer, and nobody waits forever.

    Who gives up the answer gives up the verdict.
    """

    def done(verdict: Future[Evaluation]) -> None:
        if verdict.cancelled():
            answer.cancel()
        if answer.done():
            return
        try:
            use(verdict.result())
        except Exception as error:
            with suppress(InvalidStateError):  # given up at this very moment
                answer.set_exception(error)

    verdict.add_done_callback(done)
    answer.add_done_callback(lambda answer: verdict.cancel() if answer.cancelled() else None)
