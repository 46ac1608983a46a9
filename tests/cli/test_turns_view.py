"""Views of dialogues under way, on terminals of several widths."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from kerneldojo.cli import words
from kerneldojo.cli.many_view import ManyView
from kerneldojo.cli.turn_table import turn_line, turn_table
from kerneldojo.cli.turns_view import TurnsView
from kerneldojo.records import End, Ending, Evaluation, TrajectoryRecord, Turn, TurnRecord, Usage
from tests.cli import samples

RECORD = TrajectoryRecord(id="t", problem="suite/x/one", problem_digest="d", question=())


def terminal(width: int, height: int = 30) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, width=width, height=height, color_system=None
    )


def shown(console: Console, thing: object) -> str:
    with console.capture() as capture:
        console.print(thing)
    return capture.get()


def turn(number: int, evaluation: Evaluation | None = None, **fields: object) -> Turn:
    given: dict[str, object] = {
        "reward": 0.0,
        "reply_problem": None if evaluation else "no_code",
        "usage": Usage(prompt_tokens=12_000, completion_tokens=345, money=0.25),
    }
    record = TurnRecord(
        trajectory="t",
        number=number,
        reply="",
        feedback="",
        **{"place": f"turn {number + 1}", **given, **fields},  # type: ignore[arg-type]
    )
    return Turn(record, None, evaluation)


TURNS = [turn(0), turn(1, samples.wrong()), turn(2, samples.correct(), reward=4.3)]


def test_a_wide_terminal_has_every_column() -> None:
    text = shown(terminal(120), turn_table(TURNS, 120, terminal(120)))
    head, _, first, _, third = [line for line in text.splitlines() if line.strip()]
    assert head.split() == [
        "turn", "status", "speedup", "coverage", "reward", "best", "tokens", "money", "time",
    ]  # fmt: skip
    assert "no code" in first
    for word in ("CORRECT", "2.31×", "97 %", "4.30", "12.3k", "0.2500"):
        assert word in third


@pytest.mark.parametrize("width", [40, 50, 60, 80])
def test_a_narrow_terminal_keeps_what_matters(width: int) -> None:
    console = terminal(width)
    lines = shown(console, turn_table(TURNS, width, console)).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.split()[:3] == ["3", "CORRECT", "2.31×"] for line in lines)


def test_people_count_turns_from_1() -> None:
    searched = turn(3, samples.correct(), place="iteration 1")
    assert " 4, iteration 1 " in shown(terminal(100), turn_table([searched], 100, terminal(100)))
    assert turn_line(searched, None).startswith("turn 4, iteration 1  ")
    assert turn_line(TURNS[2], None).startswith("turn 3  ")


def test_money_is_shown_where_there_are_prices() -> None:
    free = [turn(0, usage=Usage(completion_tokens=3))]
    assert "money" not in shown(terminal(120), turn_table(free, 120, terminal(120)))


def test_long_searches_show_their_last_turns() -> None:
    many = [turn(number) for number in range(40)]
    text = shown(terminal(100), turn_table(many, 100, terminal(100), last=5))
    assert "… 35 earlier" in text
    first = next(line for line in text.splitlines() if "no code" in line)
    assert first.split()[0] == "36"


def test_a_fault_of_ours_has_no_reward() -> None:
    text = shown(
        terminal(100), turn_table([turn(0, samples.failed(), reward=None)], 100, terminal(100))
    )
    assert "EVALUATION_FAILED" in text
    assert "0.00 " not in text


def test_what_is_under_way_is_shown() -> None:
    console = terminal(100)
    view = TurnsView(console)
    view.turned(RECORD, TURNS[2], recalled=True)
    view.asked(RECORD, "turn 4")
    assert "turn 4: waiting for the model" in shown(console, view._render())
    view.text(RECORD, "turn 4", "x" * 1234)
    assert "turn 4: writing, 1,234 characters" in shown(console, view._render())
    view.stage(RECORD, "turn 4", "timing")
    text = shown(console, view._render())
    assert "turn 4: judging, timing" in text
    assert "1 kept from before" in text and "best 2.31×" in text
    view.turned(RECORD, turn(3), recalled=False)
    assert "turn 4:" not in shown(console, view._render())
    assert view.finished == 2


def test_the_table_stays_when_all_is_done() -> None:
    console = terminal(100)
    with TurnsView(console) as view:
        for each in TURNS:
            view.turned(RECORD, each, recalled=False)
        view.verified(RECORD, TURNS[2], samples.correct())
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert "WRONG_VALUE" in text.rpartition("speedup")[2]
    assert "turn 3, judged anew: CORRECT  2.31×" in text.rpartition("WRONG_VALUE")[2]
    assert "3 turns · 37.0k tokens · 0.7500 money · best 2.31×" in text


def test_many_trajectories() -> None:
    console = terminal(100)
    view = ManyView(console, total=4, before=1)
    for each in TURNS:
        view.turned(RECORD, each, recalled=False)
    view.asked(RECORD, "turn 4")
    view.ended(RECORD, Ending(trajectory="t", end=End.TURNS, winner=2))
    view.failed(RECORD.model_copy(update={"id": "u", "sample": 1}), RuntimeError("down"))
    text = shown(console, view._render())
    assert "2/4" in text and " left" in text
    assert "3 turns" in text and "tokens/s" in text and "evaluations/s" in text
    assert "1 CORRECT" in text and "1 no code" in text
    assert "best 2.31× x/one" in text
    assert "x/one, turn 4: waiting" in text
    assert "1 given up for now" in text
    assert view.finished == 3


def test_without_a_terminal_figures_come_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    now = iter(range(0, 1000, 20))
    monkeypatch.setattr("kerneldojo.cli.many_view.time.monotonic", lambda: next(now))
    with ManyView(Console(file=out), total=4) as view:
        for each in TURNS:
            view.turned(RECORD, each, recalled=False)
    lines = out.getvalue().splitlines()
    assert lines[0] == "4 trajectories to be held"
    assert lines[1].startswith("0/4  ")
    assert 1 < len(lines) < 1 + len(TURNS)


@pytest.mark.parametrize(
    ("number", "text"),
    [(999, "999"), (9999, "9,999"), (12_345, "12.3k"), (1_234_567, "1.23M"), (2 * 10**9, "2.00G")],
)
def test_large_numbers_are_short(number: int, text: str) -> None:
    assert words.count(number) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(0.0, "0.00"), (12.345, "12.35"), (0.00218, "0.0022"), (1e-7, "<0.0001")]
)
def test_money(amount: float, text: str) -> None:
    assert words.money(amount) == text
