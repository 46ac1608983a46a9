"""What the miniature's policy is asked and told: little, and all it needs."""

from __future__ import annotations

import pytest

from kerneldojo.dialogue import Prompts
from kerneldojo.dialogue.feedback import Feedback
from kerneldojo.miniature.recipe import dialogue
from kerneldojo.problems import generator
from kerneldojo.records import ErrorInfo, Evaluation, Status
from tests.cli.samples import PASSED, PROFILE, TIMING, evaluation

PROMPTS = Prompts.from_settings(dialogue())


def told(found: Evaluation | None) -> str:
    return PROMPTS.next(Feedback("words"), found.status if found else None, found)


def test_the_question_is_the_bare_reference() -> None:
    text = PROMPTS.first(generator.generate("mini-train", 0), hardware="a machine")
    assert text.startswith("import torch")
    assert "class Model(nn.Module):" in text and "def get_init_inputs" in text
    assert "METADATA" not in text and '"""' not in text and "machine" not in text


def test_a_correct_solution_is_told_its_speedup_and_coverage() -> None:
    found = evaluation(status=Status.CORRECT, correctness=PASSED, timing=TIMING, profile=PROFILE)
    assert told(found) == "Speedup 2.3, coverage 1.0.\n"


def test_what_was_not_measured_is_not_told() -> None:
    timed = evaluation(status=Status.CORRECT, correctness=PASSED, timing=TIMING)
    assert told(timed) == "Speedup 2.3.\n"
    assert told(evaluation(status=Status.CORRECT, correctness=PASSED)) == "Correct.\n"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.COMPILE_ERROR, "Compile error: NameError.\n"),
        (Status.RUNTIME_ERROR, "Runtime error: NameError.\n"),
    ],
)
def test_a_failure_is_told_its_kind(status: Status, words: str) -> None:
    error = ErrorInfo(type="NameError", message="name 'tl' is not defined")
    assert told(evaluation(status=status, error=error)) == words


def test_a_reply_without_a_solution_is_told_so() -> None:
    assert told(None) == "No solution.\n"
