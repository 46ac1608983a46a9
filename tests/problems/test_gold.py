"""The bundled gold solutions: they exist, stand alone, and are found by their problem's name."""

import ast
import subprocess
import sys

import pytest

import kerneldojo as kd
from kerneldojo.errors import SolutionNotReadable
from kerneldojo.evaluation.solution_source import load_solution
from kerneldojo.problems import list_problems
from kerneldojo.problems.gold import gold_solution, gold_solutions
from kerneldojo.records import Language
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials

GOLD = gold_solutions()
by_name = pytest.mark.parametrize("name", GOLD)


def test_every_gold_solution_belongs_to_a_problem():
    names = [problem.name for problem in list_problems()]
    assert list(GOLD) == sorted(GOLD)
    assert set(GOLD) <= set(names)
    assert len(GOLD) >= 16


@by_name
def test_the_file_is_readable_triton_that_stands_alone(name):
    solution = GOLD[name]
    assert solution == gold_solution(name)
    assert solution.language is Language.TRITON
    assert "@triton.jit" in solution.source
    assert "kerneldojo" not in solution.source
    tree = ast.parse(solution.source)
    about = ast.get_docstring(tree)
    assert about and "\n" not in about and about.endswith(".")
    assert any(isinstance(node, ast.ClassDef) and node.name == "ModelNew" for node in tree.body)


def test_reading_does_not_import_the_files():
    code = (
        "import sys; from kerneldojo.problems.gold import gold_solutions; "
        "assert gold_solutions(); sys.exit(int({'torch', 'triton'} & set(sys.modules) != set()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_word_gold_stands_for_the_bundled_solution():
    name = "suite/fused/bias_gelu"
    assert load_solution("gold", problem=name) == GOLD[name]
    assert load_solution("gold", "cpp", problem=name).language is Language.TRITON


@pytest.mark.parametrize("name", ["kernelbench/level1/19", "mine", "suite/fused"])
def test_a_problem_without_gold_is_told_so(name):
    assert gold_solution(name) is None
    with pytest.raises(SolutionNotReadable, match=f"^{name} has no bundled gold solution"):
        load_solution("gold", problem=name)


def test_the_evaluator_knows_the_word(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(kd.load_problem("suite/fused/bias_gelu").source)
    with kd.Evaluator() as evaluator, pytest.raises(SolutionNotReadable, match="mine has no"):
        evaluator.submit(path, "gold")


def small(name: str) -> kd.Problem:
    """Return a problem without the sizes that take long."""
    problem = kd.load_problem(name)
    kept = [one for one in problem.metadata.workloads if one.name in ("bf16", "small")]
    metadata = problem.metadata.model_copy(update={"workloads": tuple(kept)})
    return problem.model_copy(update={"metadata": metadata})


def test_a_sample_is_correct_in_the_evaluator():
    chosen = ("fused/geglu", "quantisation/int8_matmul", "scan/advantages")
    settings = EvaluationSettings(
        target="cpu", timing=TimingPlan(enabled=False), trials=Trials(seeds=1), profile=False
    )
    with kd.Evaluator(settings) as evaluator:
        for name in chosen:
            evaluation = evaluator.evaluate(small(f"suite/{name}"), "gold")
            assert evaluation.status == "CORRECT", evaluation.to_json()
            assert evaluation.environment.target == "cpu"
            assert evaluation.findings == ()
