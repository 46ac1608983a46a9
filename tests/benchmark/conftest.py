"""Problems and solutions in few words, and an evaluator whose verdicts are known beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from kerneldojo.records import Evaluation, Language, Problem, ProblemMetadata, Solution
from kerneldojo.settings import EvaluationSettings
from tests.cli import samples


def problem(name: str, level: int | None = 1) -> Problem:
    return Problem(name=name, source=f"# {name}\n", metadata=ProblemMetadata(level=level))


def solution(verdict: str = "correct", text: str = "") -> Solution:
    """A solution that the fake evaluator judges as it says itself."""
    return Solution(source=f"{text}# verdict: {verdict}\n", language=Language.TRITON)


class FakeEvaluator:
    """Judges at once, on request, or not at all; notes what it was asked and how much at once."""

    capacity = 2

    def __init__(self) -> None:
        self.settings = EvaluationSettings()
        self.asked: list[tuple[str, str]] = []
        self.most_under_way = 0
        self.held: list[tuple[Future[Evaluation], Evaluation]] = []
        self.hold = False
        """Whether verdicts wait for `release`."""
        self.interrupt_after: int | None = None
        """Ctrl-C comes instead of this question."""

    def __enter__(self) -> FakeEvaluator:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        if len(self.asked) == self.interrupt_after:
            raise KeyboardInterrupt
        on_stage("build")
        name = solution.source.rpartition("# verdict: ")[2].split("\n")[0]
        self.asked.append((problem.name, name))
        verdict = samples.ALL[name]().model_copy(
            update={
                "id": f"{len(self.asked):032x}",
                "problem": problem.name,
                "problem_digest": problem.digest,
                "solution_digest": solution.digest,
            }
        )
        future: Future[Evaluation] = Future()
        if self.hold:
            self.held.append((future, verdict))
            under_way = sum(not one.done() for one, _ in self.held)
            self.most_under_way = max(self.most_under_way, under_way)
            threading.Timer(0.002, self.release).start()
        else:
            future.set_result(verdict)
        return future

    def release(self) -> None:
        """Give the oldest verdict that waits."""
        future, verdict = next((one for one in self.held if not one[0].done()), (None, None))
        if future is not None and verdict is not None:
            future.set_result(verdict)


@pytest.fixture
def evaluator() -> FakeEvaluator:
    return FakeEvaluator()
