"""One referee, in this process, for all tests of the evaluation core."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

import pytest

from kerneldojo.evaluation.referee.referee import Referee
from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.settings import EvaluationSettings
from tests.evaluation import samples


class Judge(Protocol):
    def __call__(
        self,
        solution: Solution,
        problem: Problem = ...,
        settings: EvaluationSettings = ...,
    ) -> Evaluation: ...


SECRET = "KERNELDOJO_TEST_SECRET"


@pytest.fixture(scope="session")
def referee() -> Iterator[Referee]:
    """Return a warm referee; starting one takes seconds."""
    os.environ[SECRET] = "hunter2"
    referee = Referee("cpu")
    referee.warm()
    yield referee
    referee.close()
    del os.environ[SECRET]


@pytest.fixture(scope="session")
def judge(referee: Referee) -> Judge:
    """Return a function that judges a solution, by default of 3x + 1 and quickly."""
    default = samples.problem()

    def judge(
        solution: Solution,
        problem: Problem = default,
        settings: EvaluationSettings = samples.QUICK,
    ) -> Evaluation:
        return referee.evaluate(problem, solution, settings)

    return judge
