"""Feedback: what it says of each kind of verdict, what it never says, how it fits a budget."""

from __future__ import annotations

import pytest

from kerneldojo.dialogue import ReplyProblem, explanations, feedback, feedback_on_reply
from kerneldojo.policies.base import count_roughly
from kerneldojo.records import (
    Correctness,
    ErrorInfo,
    Finding,
    FindingKind,
    Severity,
    Status,
    Trial,
)
from tests.cli.samples import FAILED, PASSED, PROFILE, SOLUTION, TIMING, evaluation


def told(**changes: object) -> str:
    return feedback(evaluation(**changes), SOLUTION).text


def error(message: str, traceback: str = "") -> ErrorInfo:
    return ErrorInfo(type="CompilationError", message=message, traceback=traceback)


def test_every_status_and_finding_and_reply_problem_has_its_words() -> None:
    assert set(explanations.STATUSES) == {status for status in Status if status.judged}
    assert set(explanations.FINDINGS) == set(FindingKind)
    assert set(explanations.REPLIES) == set(ReplyProblem)


def test_a_fast_solution_is_told_how_fast_and_what_is_left() -> None:
    text = told(status=Status.CORRECT, correctness=PASSED, timing=TIMING, profile=PROFILE)
    assert text.startswith("The kernel is correct. It is 2.31 times as fast")
    assert "95 % interval 2.25 to 2.38" in text
    assert "62% of what the machine can do" in text
    assert "97% of the time is spent in your own kernels" in text
    assert "your kernel softmax_rows: 97%, 1 a call" in text


def test_a_slow_solution_is_told_so() -> None:
    slow = TIMING.model_copy(update={"speedup": 0.5, "speedup_low": 0.4, "speedup_high": 0.6})
    assert "slower than the reference: 0.50" in told(
        status=Status.CORRECT, correctness=PASSED, timing=slow
    )


def test_a_compile_error_comes_with_its_lines() -> None:
    text = told(status=Status.COMPILE_ERROR, error=error("no such name", "line 5, in forward: def"))
    assert "CompilationError: no such name" in text
    assert ">   5     def forward(self, x):" in text
    assert "    6         return torch.softmax(x, -1)" in text


def test_a_line_beyond_the_end_is_not_quoted() -> None:
    text = told(status=Status.COMPILE_ERROR, error=error("wrong", "line 999, in forward"))
    assert "In your code" not in text


def test_a_wrong_value_is_told_with_its_first_element_and_sizes() -> None:
    text = told(status=Status.WRONG_VALUE, correctness=FAILED)
    assert "output[3, 1013] should be 0.5 and is 0.75; 1,013 of 1,013,000 elements" in text
    assert "Wrong for the sizes called odd." in text
    assert "Right for: base." in text


def test_tolerance_and_seeds_are_not_given_away() -> None:
    text = told(status=Status.WRONG_VALUE, correctness=FAILED)
    assert FAILED.mismatch is not None
    assert f"{FAILED.mismatch.allowed:g}" not in text
    assert "320000" not in text and "3.2e+05" not in text
    assert FAILED.seed not in text and "#1" not in text


@pytest.mark.parametrize("kind", FindingKind)
def test_dishonesty_is_explained_in_plain_words(kind: FindingKind) -> None:
    finding = Finding(kind=kind, severity=Severity.FATAL, evidence="as seen.", where="line 6")
    text = told(status=Status.HACKED, findings=(finding,))
    assert explanations.FINDINGS[kind] in text
    assert "(as seen)" in text
    assert ">   6         return torch.softmax(x, -1)" in text


@pytest.mark.parametrize("status", [Status.INVALID_PROBLEM, Status.EVALUATION_FAILED])
def test_our_faults_are_nobody_elses(status: Status) -> None:
    text = told(status=status, error=error("RefereeDied: code -9"), log="Killed")
    assert text == explanations.NOT_JUDGED


def test_what_fits_is_whole() -> None:
    found = feedback(evaluation(status=Status.CORRECT, correctness=PASSED), SOLUTION)
    assert found.left_out == ()


@pytest.mark.parametrize("budget", [0, 1, 20, 60, 100, 400])
def test_the_budget_is_kept_and_the_most_useful_comes_first(budget: int) -> None:
    long = evaluation(
        status=Status.RUNTIME_ERROR, error=error("x" * 5000 + " the end"), log="noise " * 5000
    )
    found = feedback(long, SOLUTION, budget=budget)
    assert not found.text or count_roughly(found.text) <= budget
    assert "log" in found.left_out
    if budget >= 60:
        assert found.text.startswith(explanations.STATUSES[Status.RUNTIME_ERROR])
        assert "the end" in found.text, "the end of a message tells most"


def test_the_policys_own_count_decides() -> None:
    found = feedback(
        evaluation(status=Status.CORRECT, correctness=PASSED, timing=TIMING),
        SOLUTION,
        budget=30,
        count_tokens=lambda text: len(text.split()),
    )
    assert len(found.text.split()) <= 30
    assert "time" in found.left_out


def test_figures_of_the_worst_trial_are_told() -> None:
    worst = Trial(
        name="base/default#0", passed=False, error_ratio=9, max_abs_error=0.25, mean_abs_error=0.01
    )
    failed = Correctness(policy="calibrated", trials=(worst,), seed="0")
    text = told(status=Status.WRONG_VALUE, correctness=failed)
    assert "Largest absolute error 0.25, mean 0.01." in text


@pytest.mark.parametrize("problem", ReplyProblem)
def test_a_reply_without_a_solution_is_answered(problem: ReplyProblem) -> None:
    assert feedback_on_reply(problem).text == explanations.REPLIES[problem]
