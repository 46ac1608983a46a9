"""Prompts: what they hold, what they keep back, and that their examples are good."""

from __future__ import annotations

from pathlib import Path

import pytest

import kerneldojo as kd
from kerneldojo.dialogue import Feedback, Prompts, hardware_facts, parse_reply
from kerneldojo.dialogue.prompts import TEMPLATES, one_shot, without_metadata
from kerneldojo.dialogue.quoting import quote
from kerneldojo.errors import InvalidProblem, UsageError
from kerneldojo.records import Language, Problem, Status
from tests.cli.samples import ENVIRONMENT
from tests.evaluation.samples import QUICK

PROBLEM = kd.load_problem("suite/fused/bias_gelu")


@pytest.mark.parametrize("language", Language)
def test_the_first_turn_holds_task_rules_example_and_reference(language: Language) -> None:
    text = Prompts(language).first(PROBLEM, hardware="a fast machine")
    assert "class Model(nn.Module)" in text and "F.gelu(x + self.bias" in text
    assert PROBLEM.metadata.description in text
    assert "a fast machine" in text
    assert one_shot(language).solution in text
    assert (TEMPLATES / f"{language}.md").read_text().strip() in text
    assert "{%" not in text


def test_sizes_and_tolerances_it_is_judged_at_are_kept_back() -> None:
    text = Prompts(example=False).first(PROBLEM)
    assert "METADATA" not in text and "1013" not in text
    assert "ROWS = 2048" in text


def test_an_example_may_be_left_out() -> None:
    assert len(Prompts(example=False).first(PROBLEM)) < len(Prompts().first(PROBLEM))


def test_what_is_marked_as_code_is_not_escaped() -> None:
    compared = PROBLEM.model_copy(update={"source": PROBLEM.source + "\nLESS = 1 < 2 & 3\n"})
    assert "1 < 2 & 3" in Prompts().first(compared)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.CORRECT, "faster still"),
        (Status.TIMEOUT, "Mend"),
        (None, "Mend"),
        (Status.EVALUATION_FAILED, "Give it again, or a better one."),
    ],
)
def test_later_turns_ask_for_what_is_due(status: Status | None, words: str) -> None:
    text = Prompts().next(Feedback("It is so."), status)
    assert text.startswith("It is so.\n")
    assert words in text and "`ModelNew`" in text


def test_templates_of_ones_own_take_precedence(tmp_path: Path) -> None:
    (tmp_path / "feedback_turn.md.j2").write_text("Again: {{ feedback }}")
    prompts = Prompts(folder=tmp_path)
    assert prompts.next(Feedback("no"), None) == "Again: no\n"
    assert "class Model" in prompts.first(PROBLEM)


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% if %}"])
def test_a_wrong_template_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "feedback_turn.md.j2").write_text(text)
    with pytest.raises(UsageError, match=r"feedback_turn\.md\.j2"):
        Prompts(folder=tmp_path).next(Feedback("no"), None)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="elsewhere"):
        Prompts(folder=tmp_path / "elsewhere")


@pytest.mark.parametrize("odd", ["\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_are_counted_as_python_does(odd: str) -> None:
    source = f'"""a{odd}b"""\nMETADATA = {{"tolerance": 1e-3}}\nN = 2\n'
    assert without_metadata(source) == f'"""a{odd}b"""\nN = 2'
    assert quote(source, [3], context=0) == ">   3 N = 2"


def test_a_reference_that_is_no_python_is_a_broken_problem() -> None:
    with pytest.raises(InvalidProblem):
        Prompts().first(Problem(name="x", source="def (:\n"))


def test_metadata_goes_and_nothing_else() -> None:
    source = "import a\n\nMETADATA = {\n    'x': 1,\n}\n\nN = 2\nMETADATA: dict = {}\n"
    assert without_metadata(source) == "import a\n\nN = 2"


def test_hardware_is_described_in_a_line() -> None:
    text = hardware_facts(ENVIRONMENT.model_copy(update={"details": {"cores": "2", "kernel": "6"}}))
    assert text == "AMD EPYC 7B13, 2 cores, Triton 3.9.0, PyTorch 2.13.0+cpu"


@pytest.mark.parametrize("language", [Language.TRITON, Language.CPP])
def test_examples_are_what_they_claim_to_be(language: Language) -> None:
    """The example, fenced as a model would, parsed and judged."""
    example = one_shot(language)
    source = parse_reply(f"```python\n{example.solution}\n```").source
    assert source is not None
    problem = kd.load_problem("suite/elementwise/swish")
    evaluation = kd.evaluate(problem, kd.load_solution(source), settings=QUICK)
    assert evaluation.status is Status.CORRECT, evaluation.error
    assert evaluation.language == language


def test_the_cuda_example_is_cuda() -> None:
    assert kd.load_solution(one_shot(Language.CUDA).solution).language is Language.CUDA
