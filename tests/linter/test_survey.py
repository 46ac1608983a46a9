"""Many problems, and kernels that do no work, through the real evaluator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kerneldojo.errors import DeadlineExceeded, IsolationUnavailable, RefereeDied
from kerneldojo.evaluator import Evaluator
from kerneldojo.linter import lint, probe_solutions, survey
from kerneldojo.records import (
    ComplaintKind,
    LintReport,
    Problem,
    TensorForm,
    Usability,
    Workload,
    WorkloadFacts,
)
from tests.evaluation.samples import QUICK, model, problem


@pytest.fixture(scope="module")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator(QUICK.model_copy(update={"target": "cpu"})) as evaluator:
        yield evaluator


def test_a_lazy_kernel_passes_where_it_can(evaluator: Evaluator) -> None:
    weak = problem(
        model("return torch.relu(-args[0].abs())", "[torch.randn(33, 40)]"), "tests/weak"
    )
    report = lint(weak, evaluator, probes=True)
    [judged] = [c.evidence for c in report.complaints if "CORRECT" in c.evidence]
    assert "writes zeros" in judged


def test_a_lazy_kernel_does_not_pass_elsewhere(evaluator: Evaluator) -> None:
    report = lint(problem(), evaluator, probes=True)
    assert not {ComplaintKind.TRIVIAL_SOLUTION, ComplaintKind.UNFINISHED} & set(report.kinds)


class Mortal:
    """An evaluator that fails in ways of its own."""

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.asked: list[str] = []

    def validate(self, problem: Problem, *, deadline_s: float) -> LintReport:
        self.asked.append(problem.name)
        if problem.name in self.errors:
            raise self.errors[problem.name]
        return LintReport(problem=problem.name, digest=problem.digest)


def test_a_problem_that_cannot_be_examined_does_not_end_the_survey() -> None:
    mortal = Mortal(heavy=RefereeDied("-9"), endless=DeadlineExceeded("60 s"))
    problems = [problem(name=name) for name in ("heavy", "endless", "fine")]
    reports = {r.problem: r for r in survey(problems, mortal, jobs=2)}  # type: ignore[arg-type]
    assert reports["fine"].verdict is Usability.USABLE
    assert reports["heavy"].kinds == reports["endless"].kinds == (ComplaintKind.UNFINISHED,)
    assert mortal.asked.count("heavy") == 2 and mortal.asked.count("endless") == 1


def test_what_concerns_every_problem_ends_the_survey() -> None:
    mortal = Mortal(first=IsolationUnavailable("no"))
    with pytest.raises(IsolationUnavailable):
        list(survey([problem(name="first")], mortal))  # type: ignore[arg-type]


def facts(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> LintReport:
    def forms(paths: tuple[str, ...]) -> tuple[TensorForm, ...]:
        return tuple(TensorForm(path=path, shape=(3, 4), dtype="float32") for path in paths)

    found = WorkloadFacts(name="base", inputs=forms(inputs), outputs=forms(outputs))
    return LintReport(problem="p", digest="d", workloads=(found,))


def test_a_lazy_kernel_answers_in_every_workload_s_type(evaluator: Evaluator) -> None:
    source = model("return -args[0].abs() * 0", "[torch.randn(33, 40, dtype=getattr(torch, KIND))]")
    workloads = (Workload(name="a"), Workload(name="b", constants={"KIND": "bfloat16"}))
    weak = problem(f"KIND = 'float32'\n{source}", "tests/types", workloads=workloads)
    report = lint(weak, evaluator, probes=True)
    assert "writes zeros was judged CORRECT" in " ".join(c.evidence for c in report.complaints)


def test_probes_are_made_for_plain_forms_only() -> None:
    plain = facts(("input[0]", "input[1]"), ("output",))
    assert [words for words, _ in probe_solutions(plain)] == [
        "writes zeros",
        "copies the first input",
    ]
    assert [words for words, _ in probe_solutions(facts((), ("output",)))] == ["writes zeros"]
    for odd in (facts(("input[0][1]",), ("output",)), facts(("input[0]",), ("output[0]",))):
        assert not list(probe_solutions(odd))
