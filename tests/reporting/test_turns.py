"""Runs of several turns: curves in every format of a report, and in `show`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kerneldojo.cli.app import main
from kerneldojo.dialogue import Strategy
from kerneldojo.reporting import charts, report
from kerneldojo.reporting.gather import gather
from kerneldojo.reporting.reading import Environments, read
from kerneldojo.store import Run
from kerneldojo.strategies import BestOfN, Sequential, search
from tests.dialogue.talk import problem
from tests.strategies.simulated import SETTINGS, Arena, Simulated, climber

PROBLEMS = [problem(f"suite/x/p{number}") for number in range(4)]


def searched(path: Path, strategy: Strategy) -> Run:
    arena = Arena(anew=lambda speedup: ("correct", speedup / 2))
    policy = Simulated(climber(0.6))
    return search(PROBLEMS, policy, arena, strategy, path, settings=SETTINGS)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    folder = tmp_path_factory.mktemp("searches")
    return [
        searched(folder / "seq", Sequential(turns=2, iterations=3)),
        searched(folder / "one", BestOfN(1)),
    ]


def test_runs_of_one_turn_have_no_curves(turned: list[Run], runs: list[Run]) -> None:
    content = gather(read([*turned, runs[0]], Environments()))
    assert [len(found) for found in content.turns] == [5, 0, 0]
    assert [curve.name for curve in content.turns[0]] == [
        "correct",
        "fast@1",
        "fast@1.2",
        "reward",
        "speedup",
    ]
    assert len(content.turns[0][0].last) == 5


def test_the_page_shows_both_curves_and_the_winners(turned: list[Run], tmp_path: Path) -> None:
    [file] = report(turned, tmp_path / "report.html")
    page = file.read_text(encoding="utf-8")
    section = page.partition("<h3>Turn by turn</h3>")[2].partition("</figure>")[0]
    assert "fast@1 after each turn" in section
    assert "dots for winners" in section
    assert section.count("<svg") == 4, "two sizes, and a key for each run"
    assert section.count("<tr>") == 1 + 5 + 1
    assert "winners, judged anew" in section
    assert "best so far" in re.findall(r'data-tip="([^"]*)"', section)[1]


def test_a_page_without_turns_says_nothing_of_them(page: Path) -> None:
    assert "Turn by turn" not in page.read_text(encoding="utf-8")


def test_markdown_and_json_have_the_curves(turned: list[Run], tmp_path: Path) -> None:
    [file] = report(turned, tmp_path / "report.md")
    text = file.read_text(encoding="utf-8")
    assert "## Turn by turn: seq" in text
    assert "## Turn by turn: one" not in text
    table = text.partition("## Turn by turn: seq")[2].partition("##")[0]
    assert len([line for line in table.splitlines() if line.startswith("|")]) == 2 + 5 + 1
    [file] = report(turned, tmp_path / "report.json")
    first, second = json.loads(file.read_text(encoding="utf-8"))["turns"]
    assert second == []
    speedup = first[-1]
    best = speedup["best"][-1]["value"]
    assert speedup["verified"]["value"] == pytest.approx(best / 2)


def test_where_nothing_was_timed_the_share_correct_is_drawn(turned: list[Run]) -> None:
    content = gather(read(turned[:1], Environments()))
    untimed = [curve for curve in content.turns[0] if curve.name in ("correct", "reward")]
    chosen = charts.headline(untimed)
    assert chosen is not None and chosen.name == "correct"
    assert charts.headline([]) is None


def test_show_tells_of_winners_and_turns(
    turned: list[Run], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(turned[0].path)]) == 0
    shown = capsys.readouterr().out
    assert len(re.findall(r"^x/p\d +5  turns .*judged anew", shown, re.MULTILINE)) == 4
    table = shown.partition("After each turn")[2]
    assert len(re.findall(r"^[1-5] ", table, re.MULTILINE)) == 5
    assert re.search(r"^winners, judged anew  ", table, re.MULTILINE)
    assert main(["show", str(turned[1].path)]) == 0
    assert "After each turn" not in capsys.readouterr().out
