"""Cards: everything a verdict holds is shown, on terminals and in plain text."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from kerneldojo.cli import words
from kerneldojo.cli.card import show_card
from kerneldojo.cli.tables import show_summary
from kerneldojo.records import Status
from tests.cli import samples


def drawn(name: str, *, terminal: bool, width: int = 80) -> str:
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=terminal, color_system=None, highlight=False
    )
    show_card(console, samples.ALL[name](), samples.SOLUTION, log=True)
    return file.getvalue()


EXPECTED = {
    "correct": ["2.31× (2.25 – 2.38)", "1.78 ms ±1 %", "8 of 8 trials", "97 %", "Memory bound"],
    "interpreted": ["an interpreter's times say nothing", "tt.gadget", "solution.py:9"],
    "disturbed": ["another evaluation used the"],
    "hacked": ["library_answer", "suspicious_source", "line 6: return torch.softmax(x, -1)"],
    "wrong": [
        "1 of 2 trials",
        "odd/default#1",
        "output[3, 1013] is 0.75, expected 0.5",
        "1,013 of",
    ],
    "crashed": ["CompileError", "'y' was not declared", "from the solution"],
    "failed": ["RefereeDied", "signal 9"],
}


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("name", list(samples.ALL))
def test_cards_say_what_matters(name: str, terminal: bool) -> None:
    text = drawn(name, terminal=terminal)
    for part in [*EXPECTED[name], str(samples.ALL[name]().status), "AMD EPYC", "softmax.py"]:
        assert part in text


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", list(samples.ALL))
def test_cards_fit_their_terminal(name: str, width: int, terminal: bool) -> None:
    lines = drawn(name, terminal=terminal, width=width).splitlines()[1:]
    assert all(len(line) <= width for line in lines)


def test_plain_cards_have_no_box_and_no_trailing_space() -> None:
    text = drawn("correct", terminal=False)
    assert "╭" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_markup_in_a_solution_is_not_obeyed() -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system=None)
    evaluation = samples.crashed().model_copy(update={"log": "[red]not markup[/red]"})
    show_card(console, evaluation, samples.SOLUTION, log=True)
    assert "[red]not markup[/red]" in file.getvalue()


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_style(status: Status) -> None:
    assert words.status_style(status)


@pytest.mark.parametrize("terminal", [True, False])
def test_summary(terminal: bool) -> None:
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=terminal, color_system=None)
    show_summary(console, [(samples.SOLUTION, make()) for make in samples.ALL.values()])
    for part in ("2.31×", "97 %", "library_answer", "EVALUATION_FAILED", "RefereeDied"):
        assert part in file.getvalue()


@pytest.mark.parametrize("eighths", range(0, 241, 7))
def test_bar_has_a_constant_width(eighths: int) -> None:
    assert len(words.bar(eighths / 240)) == 30
