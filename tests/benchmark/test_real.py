"""The whole way once, with real verdicts: gold solutions, one of them spoilt."""

from __future__ import annotations

from pathlib import Path

import kerneldojo as kd
from kerneldojo.benchmark import bench, summarise_run
from kerneldojo.problems.gold import gold_solution
from kerneldojo.records import Solution
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials
from kerneldojo.store import Run


def gold(problem: str) -> Solution:
    found = gold_solution(problem)
    assert found is not None
    return found


def test_real_verdicts(tmp_path: Path) -> None:
    names = ("suite/elementwise/swish", "suite/reduction/row_sum")
    solutions = {name: gold(name) for name in names}
    wrong = solutions[names[1]].source.replace("tl.sum(", "tl.max(")
    assert wrong != solutions[names[1]].source
    solutions[names[1]] = solutions[names[1]].model_copy(update={"source": wrong})
    settings = EvaluationSettings(
        timing=TimingPlan(budget_s=0.3), trials=Trials(seeds=1, distributions=False)
    )
    with kd.Evaluator(settings, overlap=1) as evaluator:  # one referee is started, not two
        problems = [kd.load_problem(name) for name in names]
        bench(problems, solutions, evaluator, tmp_path / "run")
    run = Run.open(tmp_path / "run")
    outcomes = {one.problem: one for one in run.outcomes()}
    assert outcomes[names[0]].status == "CORRECT"
    assert outcomes[names[0]].speedup is not None
    assert outcomes[names[1]].status == "WRONG_VALUE"
    assert summarise_run(run).all.correct.value == 0.5
