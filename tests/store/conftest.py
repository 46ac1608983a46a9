"""A small run with everything in it: two problems, repeated questions, a fault, a hack."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.records import (
    Entry,
    Evaluation,
    Language,
    Problem,
    ProblemMetadata,
    Solution,
)
from kerneldojo.store import Run
from tests.cli import samples

CONFIG: dict[str, Any] = {"evaluation": {"target": "cpu", "timing": {"budget_s": 2.0}}}
SOFTMAX = Problem(name="suite/softmax/softmax", source="softmax", metadata=ProblemMetadata(level=1))
SWISH = Problem(name="suite/elementwise/swish", source="swish")
RIGHT = Solution(source="right", language=Language.TRITON)
CHEAT = Solution(source="cheat", language=Language.CPP)


def entry(problem: Problem, solution: Solution, **fields: Any) -> Entry:
    return Entry(
        problem=problem.name,
        problem_digest=problem.digest,
        solution_digest=solution.digest,
        **fields,
    )


def verdict(
    problem: Problem, solution: Solution, sample: Callable[[], Evaluation] = samples.correct
) -> Evaluation:
    return sample().model_copy(
        update={
            "problem": problem.name,
            "problem_digest": problem.digest,
            "solution_digest": solution.digest,
            "language": solution.language.value,
        }
    )


def fill(run: Run) -> None:
    for problem in (SOFTMAX, SWISH):
        run.add(problem)
    for solution in (RIGHT, CHEAT):
        run.add(solution)
    run.add(entry(SOFTMAX, RIGHT, origin="a.py"))
    run.add(entry(SOFTMAX, CHEAT, origin="b.py", sample=1))
    run.add(entry(SWISH, RIGHT, origin="a.py"))
    run.add(verdict(SOFTMAX, RIGHT, samples.failed))
    run.add(verdict(SOFTMAX, RIGHT))
    run.add(verdict(SOFTMAX, CHEAT, samples.hacked))


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "filled"
    with Run.create(path, "bench", CONFIG) as run:
        fill(run)
    return path
