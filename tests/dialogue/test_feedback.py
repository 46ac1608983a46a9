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
    OperatorUse,
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
    assert PROFILE.bottleneck in text


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


def test_a_wrong_value_is_told_with_its_first_element() -> None:
    text = told(status=Status.WRONG_VALUE, correctness=FAILED)
    assert "output[3, 1013] should be 0.5 and is 0.75; 0.10% of its elements are wrong." in text
    assert "It was right for another size: look at what depends on the size" in text


def wrong(*trials: tuple[str, bool], **mismatch: object) -> str:
    """The feedback on values that were wrong in some trials."""
    assert FAILED.mismatch is not None
    made = tuple(Trial(name=name, passed=passed, error_ratio=2) for name, passed in trials)
    return told(
        status=Status.WRONG_VALUE,
        correctness=Correctness(
            policy="calibrated",
            trials=made,
            mismatch=FAILED.mismatch.model_copy(update=mismatch),
            seed="0",
        ),
    )


def test_what_was_never_written_is_told_apart_from_what_is_wrong() -> None:
    text = wrong(("base/default#0", False), actual=float("nan"), wrong_elements=1_013_000)
    assert "is nan; all of its elements are wrong. A nan often is an element that was" in text
    assert "Where the output is finite: largest absolute error" in text


def test_a_single_number_has_no_share() -> None:
    text = wrong(("base/default#0", False), index=(), wrong_elements=1, total_elements=1)
    assert "output should be 0.5 and is 0.75.\n" in text


def test_values_that_are_right_are_told_in_words() -> None:
    text = wrong(("a/default#0", True), ("a/extreme#0", False), ("b/sparse#0", True))
    assert "It was right for another size" in text
    assert (
        "At this size it was wrong for values near the limits of the type, and right for "
        "ordinary values." in text
    )


def test_sizes_and_names_of_trials_are_not_given_away() -> None:
    text = wrong(("s4099x17/default#0", False), ("s31x5/default#0", True))
    assert "4099" not in text and "31x5" not in text and "1,013" not in text
    finding = Finding(
        kind=FindingKind.REPLAY,
        severity=Severity.FATAL,
        evidence="returned its answer to s4099x17/scaled#3 again",
    )
    text = told(status=Status.HACKED, findings=(finding,), correctness=FAILED)
    assert "(returned its answer to another call again)" in text
    assert "should be" not in text, "values that were not computed teach nothing"


@pytest.mark.parametrize(
    ("has", "must", "words"),
    [
        ("(33,)", "(33, 127)", "output has 1 dimension, but must have 2 dimensions"),
        ("(127, 33)", "(33, 127)", "the dimensions of output are in the wrong order"),
        ("(33, 1)", "(33, 127)", "output: dimension 1 is 1"),
        ("(64, 127)", "(33, 127)", "output: dimension 0 is too long"),
        ("(32, 126)", "(33, 127)", "output: dimension 0 is too short, dimension 1 is too short"),
    ],
)
def test_shapes_are_compared_without_the_sizes(has: str, must: str, words: str) -> None:
    message = f"output has shape {has}, but must have {must}"
    text = told(status=Status.WRONG_SHAPE, error=ErrorInfo(type="WrongShape", message=message))
    assert f"WrongShape: {words}" in text
    assert "33" not in text and "127" not in text


def test_paths_and_frames_of_ours_are_not_given_away() -> None:
    log = (
        'Traceback:\n  File "/srv/x/solution.py", line 5, in forward\n'
        '  File "/opt/python/kerneldojo/evaluation/player/census.py", line 7, in call\n'
        "no such file: '/srv/x/weights.bin', half/a, https://pytorch.org/docs\n"
    )
    text = told(status=Status.RUNTIME_ERROR, error=error("cannot open /srv/x/a.so"), log=log)
    assert "cannot open a.so" in text
    assert 'File "solution.py", line 5' in text and "'weights.bin', half/a" in text
    assert "https://pytorch.org/docs" in text
    assert "/srv" not in text and "census" not in text


KERNEL = SOLUTION.model_copy(
    update={
        "source": "import triton\n\n\n@triton.jit\ndef twice(x, out):\n    at = 0\n"
        "    tl.stor(out, at)\n\n\nclass ModelNew: ...\n"
    }
)
AT = "at {}:4:\ndef {}(x, out):\n    at = 0\n    tl.stor(out, at)\n    ^\n"


def test_an_error_in_a_kernel_is_told_where_it_is() -> None:
    message = AT.format(3, "twice") + "AttributeError: stor"
    found = evaluation(status=Status.COMPILE_ERROR, error=error(message, "line 10, in forward"))
    assert feedback(found, KERNEL).text.endswith(
        "CompilationError: AttributeError: stor\nIn your code:\n"
        "    5 def twice(x, out):\n    6     at = 0\n>   7     tl.stor(out, at)"
    )


@pytest.mark.parametrize("message", [AT.format(3, "other") + "stor", AT.format(3, "twice")])
def test_a_kernel_that_is_not_there_is_quoted_as_it_was(message: str) -> None:
    found = evaluation(status=Status.COMPILE_ERROR, error=error(message, "line 10, in forward"))
    text = feedback(found, KERNEL).text
    assert message.strip() in text
    assert ">  10 class ModelNew" in text


def warning(kind: FindingKind, evidence: str, where: str | None = None) -> Finding:
    return Finding(kind=kind, severity=Severity.WARNING, evidence=evidence, where=where)


def test_a_solution_without_a_kernel_is_told_so_once() -> None:
    fatal = Finding(
        kind=FindingKind.NO_KERNEL,
        severity=Severity.FATAL,
        evidence="no kernel of the solution's own was launched",
    )
    static = warning(
        FindingKind.SUSPICIOUS_SOURCE,
        "no-kernel-written: Holds no kernel in the language it is given as: import torch",
        "line 1",
    )
    text = told(status=Status.HACKED, findings=(fatal, static))
    meaning = explanations.FINDINGS[FindingKind.NO_KERNEL]
    assert text == f"{explanations.STATUSES[Status.HACKED]}\n\n- {meaning}"


def test_findings_of_one_rule_stand_together() -> None:
    rule = "result-kept: Stores tensors of a call on itself and returns a stored one: return x"
    found = (
        warning(FindingKind.SUSPICIOUS_SOURCE, rule, "line 5"),
        warning(FindingKind.SUSPICIOUS_SOURCE, rule + ".y", "line 6"),
    )
    text = told(status=Status.CORRECT, correctness=PASSED, findings=found)
    assert text.endswith(
        f"{explanations.WARNINGS}\n- The source looks like a known trick. (Stores tensors of a "
        "call on itself and returns a stored one)\n"
        ">   5     def forward(self, x):\n>   6         return torch.softmax(x, -1)"
    )


def test_a_warning_about_a_line_that_is_fatal_is_left_out() -> None:
    fatal = Finding(
        kind=FindingKind.TAMPERING, severity=Severity.FATAL, evidence="ctypes", where="line 6"
    )
    beside = warning(FindingKind.SUSPICIOUS_SOURCE, "reads memory", "line 6")
    other = warning(FindingKind.SUSPICIOUS_SOURCE, "sleeps", "line 5")
    text = told(status=Status.HACKED, findings=(fatal, beside, other))
    assert "reads memory" not in text
    assert f"{explanations.ALSO_SEEN}\n- The source looks like a known trick. (sleeps)" in text


def test_where_the_time_goes_is_told_once() -> None:
    lazy = PROFILE.model_copy(
        update={
            "coverage": 0.04,
            "operators": (OperatorUse(name="gelu", calls_per_call=1, share=0.96),),
            "bottleneck": "96% of the time is spent in the library operator gelu.",
        }
    )
    low = warning(FindingKind.LOW_COVERAGE, "only 4% of the work is in the solution's own kernels")
    text = told(status=Status.CORRECT, correctness=PASSED, profile=lazy, findings=(low,))
    assert text.endswith(
        "Moving the work of library operator gelu into your kernels is the largest gain left."
    )
    assert text.count("4% of") == 1 and text.count("96%") == 1


def test_a_profile_that_was_not_taken_is_told_in_one_sentence() -> None:
    blind = PROFILE.model_copy(update={"coverage": None, "bottleneck": "Nothing was observed."})
    text = told(status=Status.CORRECT, correctness=PASSED, profile=blind)
    assert text.endswith("\n\nNothing was observed.")


def test_a_ratio_that_may_be_one_is_told_so() -> None:
    unsure = TIMING.model_copy(update={"speedup": 1.1, "speedup_low": 0.9, "speedup_high": 1.3})
    text = told(status=Status.CORRECT, correctness=PASSED, timing=unsure)
    assert "0.90 to 1.30; so which of them is faster is not certain)" in text


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
    assert ("(as seen)" in text) is (kind is not FindingKind.NO_KERNEL)
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
