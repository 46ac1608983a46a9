"""Every kind of complaint: a minimal problem that deserves it, and a look-alike that does not."""

from __future__ import annotations

import pytest

from kerneldojo.evaluation.lint import examine, operations
from kerneldojo.records import ComplaintKind, Gravity, LintReport, Problem, Workload
from kerneldojo.settings import EvaluationSettings
from tests.evaluation.samples import model, problem
from tests.linter.problems import PAIRS, Pair, X

SETTINGS = EvaluationSettings(seed="5" * 32)
ELSEWHERE = (ComplaintKind.SINGLE_WORKLOAD, ComplaintKind.UNFINISHED)


def look(problem: Problem, deadline_s: float = 60.0) -> LintReport:
    return examine(problem, SETTINGS, deadline_s)


def complaints(report: LintReport) -> set[tuple[ComplaintKind, Gravity]]:
    return {(complaint.kind, complaint.severity) for complaint in report.complaints}


def test_every_kind_has_its_pair() -> None:
    assert {pair.kind for pair in PAIRS} == set(ComplaintKind)


@pytest.mark.parametrize(
    "pair",
    [pair for pair in PAIRS if pair.kind not in ELSEWHERE],
    ids=lambda pair: f"{pair.kind}-{pair.severity}",
)
def test_pairs(pair: Pair) -> None:
    bad, good = pair.problems()
    assert (pair.kind, pair.severity) in complaints(look(bad))
    assert pair.kind not in {kind for kind, _ in complaints(look(good))}


def test_a_single_workload_is_noted() -> None:
    source = "N = 8\n" + model("return args[0].sin()", "[torch.randn(N, 40)]")
    one = problem(source)
    two = problem(
        source,
        workloads=(Workload(name="a"), Workload(name="b", constants={"N": 9})),
    )
    assert (ComplaintKind.SINGLE_WORKLOAD, Gravity.NOTE) in complaints(look(one))
    assert ComplaintKind.SINGLE_WORKLOAD not in look(two).kinds
    assert [facts.inputs[0].shape for facts in look(two).workloads] == [(8, 40), (9, 40)]


def test_what_the_deadline_cuts_off_is_told() -> None:
    slow = problem(model("import time; time.sleep(0.1); return args[0].sin()", X))
    report = look(slow, deadline_s=0.25)
    assert (ComplaintKind.UNFINISHED, Gravity.WARNING) in complaints(report)
    assert report.seconds < 5
    assert ComplaintKind.UNFINISHED not in look(problem()).kinds


def test_a_sound_problem_is_usable() -> None:
    report = look(problem(model("return args[0].sin()", "[torch.randn(512, 512)]")))
    assert report.verdict == "usable"
    assert report.workloads[0].outputs[0].dtype == "float32"


def test_the_reference_is_left_as_it_was() -> None:
    """Parameters are changed to see whether they matter; the next check must not see that."""
    setup = "self.scale, self.shift = (nn.Parameter(torch.ones(40)) for _ in range(2))"
    source = model("return args[0].sin() * self.scale + self.shift", X, setup=setup)
    [evidence] = [
        complaint.evidence
        for complaint in look(problem(source)).complaints
        if complaint.kind is ComplaintKind.NEUTRAL_PARAMETER
    ]
    assert "scale = 1" in evidence and "shift = 1" in evidence


def test_gradients_are_examined_too() -> None:
    source = model(
        "return args[0].sin() * args[1]", "[torch.randn(256, 400), torch.randn(256, 400)]"
    )
    assert look(problem(source, backward=True)).verdict == "usable"


def test_operators_of_the_backward_are_not_the_problems() -> None:
    """The gradient of a square is taken with a power of one."""
    squares = problem(model("return args[0].square()", "[torch.randn(256, 400)]"), backward=True)
    assert look(squares).verdict == "usable"
    doubled = model("return args[0].sin().abs().abs()", "[torch.randn(256, 400)]")
    assert ComplaintKind.REDUNDANT_OPERATION in look(problem(doubled, backward=True)).kinds


def test_a_problem_without_tensor_inputs_is_not_called_constant() -> None:
    source = model("return torch.arange(args[0]).float().sin()", "[4096]")
    assert look(problem(source)).verdict != "unusable"


def test_batch_statistics_in_training_are_no_ignored_buffers() -> None:
    setup = "self.norm = nn.BatchNorm1d(40, affine=False)"
    source = model("return self.norm(args[0])", X, setup=setup)
    assert ComplaintKind.IGNORED_PARAMETER not in look(problem(source, training=True)).kinds


def test_the_report_survives_json() -> None:
    report = look(problem(model("return args[0].clone()", X)))
    again = LintReport.model_validate_json(report.model_dump_json())
    assert again == report and again.verdict == "unusable"


def test_long_loops_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    monkeypatch.setattr(operations, "_spared", lambda look, number, how: bool(tried.append(number)))
    loop = "x = args[0]\n        for step in range(200): x = x + step\n        return x"
    look(problem(model(loop, "[torch.randn(64, 64)]")))
    assert 20 <= len(set(tried)) <= 40 and max(tried) > 150


def test_one_draw_of_the_parameters_is_not_enough() -> None:
    setup = "self.shift = nn.Parameter(torch.randn(()).sign() * 30)"
    saturating = model("return torch.relu(args[0] * 0.1 + self.shift)", X, setup=setup)
    seeds = [EvaluationSettings(seed=digit * 32) for digit in "12345678"]
    found = [examine(problem(saturating), settings, 60.0).kinds for settings in seeds]
    assert sum(ComplaintKind.CONSTANT_OUTPUT in kinds for kinds in found) >= 6
