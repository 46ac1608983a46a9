from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.records import Entry, Outcome, Status
from kerneldojo.reporting import report
from kerneldojo.store import Run
from tests.reporting import synthetic
from tests.reporting.synthetic import Skill

HOSTILE = "</script><img src=x onerror=document.title='owned'>\"'&\x07"


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Two runs on the same nine problems, the second one better."""
    folder = tmp_path_factory.mktemp("runs")
    return [
        synthetic.write_run(folder / "base", 9, 3, Skill(correct=0.4, speed=-0.2), 1),
        synthetic.write_run(folder / "tuned", 9, 3, Skill(correct=0.7, speed=0.6), 2),
    ]


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in which every text that others write tries to break out of the page."""
    path = tmp_path_factory.mktemp("hostile") / "<b>run & co"
    with Run.create(path, "bench", {HOSTILE: HOSTILE, "same": 1}) as run:
        problem = synthetic.make_problem(0).model_copy(
            update={"name": f"suite/<i>x/{HOSTILE}", "source": HOSTILE}
        )
        described = problem.metadata.model_copy(update={"description": HOSTILE})
        problem = problem.model_copy(update={"metadata": described})
        run.add(problem)
        for number, status in enumerate((Status.CORRECT, Status.HACKED, Status.RUNTIME_ERROR)):
            draw = synthetic.random.Random(number)
            solution = synthetic.make_solution(problem, number, draw).model_copy(
                update={"origin": HOSTILE, "source": f"{HOSTILE}\n# {number}\n" + "x = 1\n" * 25}
            )
            evaluation = synthetic.make_evaluation(problem, solution, status, draw)
            changed: dict[str, object] = {"log": HOSTILE, "id": f"{HOSTILE}{number}"}
            changed["findings"] = tuple(
                finding.model_copy(update={"evidence": HOSTILE}) for finding in evaluation.findings
            )
            if evaluation.error:
                changed["error"] = evaluation.error.model_copy(
                    update={"type": HOSTILE, "message": HOSTILE, "traceback": HOSTILE}
                )
            run.add(solution)
            run.add(
                Entry(
                    problem=problem.name,
                    problem_digest=problem.digest,
                    solution_digest=solution.digest,
                    origin=HOSTILE,
                    sample=number,
                )
            )
            run.add(evaluation.model_copy(update=changed))
    return Run.open(path)


@pytest.fixture(scope="session")
def page(runs: list[Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML report on both runs."""
    [file] = report(runs, tmp_path_factory.mktemp("page") / "report.html")
    return file


@pytest.fixture(scope="session")
def hostile_page(hostile: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The HTML report on the hostile run, against itself."""
    [file] = report([hostile, hostile], tmp_path_factory.mktemp("page") / "hostile.html")
    return file


def outcome(status: Status, speedup: float | None = None, **more: object) -> Outcome:
    facts: dict[str, object] = {"problem": "a/b", "evaluation": "0", "coverage": 1.0}
    return Outcome.model_validate(facts | {"status": status, "speedup": speedup} | more)
