"""`kerneldojo train lessons`: a set on disk, a table on the screen, and errors that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kerneldojo as kd
from kerneldojo.cli.app import main
from tests.lessons import judging

ASK = ["train", "lessons", "generated/tiny-train/0-3", "-o", "out"]
TEACHER = ["--policy", "templates:wrong-fused=1,hack=1,seed=2"]
Told = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(vars(kd), "Evaluator", judging.Judge)
    monkeypatch.setattr("kerneldojo.policies.templates.Templates", judging.Noted)


def test_lessons_are_written_and_summed_up(capsys: Told) -> None:
    assert main([*ASK, *TEACHER, "--turns", "2", "--trajectories", "3"]) == 0
    told = capsys.readouterr()
    lines = Path("out/lessons.jsonl").read_text().splitlines()
    assert f"{len(lines)} lessons of 12 conversations; left out" in told.out
    assert " by correct" in told.out
    table = [line.split() for line in told.out.splitlines() if line.startswith("templates/")]
    assert [row[:2] for row in table] == [
        ["templates/fused", "CORRECT"],
        ["templates/hack", "HACKED"],
        ["templates/wrong", "WRONG_VALUE"],
    ]
    assert [row[3] for row in table] == [str(len(lines)), "0", "0"]
    assert "[12/12]" in told.out + told.err
    assert main([*ASK, *TEACHER, "--turns", "2", "--trajectories", "3"]) == 2
    assert "--resume" in capsys.readouterr().err


def test_json_and_other_filters(capsys: Told) -> None:
    command = [*ASK, *TEACHER, "--turns", "2", "--trajectories", "3", "--json"]
    assert main(command) == 0
    first = json.loads(capsys.readouterr().out)
    assert main([*command, "--keep", "ended", "--resume"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert first["lessons"] + sum(first["dropped"].values()) == 12
    assert (again["lessons"], again["dropped"]) == (12, {})
    assert again["path"] == "out/lessons.jsonl"


def test_replies_without_verdicts(capsys: Told) -> None:
    quick = [*ASK, *TEACHER, "--no-judge", "--trajectories", "2"]
    assert main(quick) == 0
    rows = [json.loads(line) for line in Path("out/lessons.jsonl").read_text().splitlines()]
    assert len(rows) == 8
    assert all("It will run on: AMD EPYC" in row["messages"][0]["content"] for row in rows)
    assert "verdict" not in capsys.readouterr().out


def test_nothing_of_the_device_needs_no_evaluator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(kd), "Evaluator", None)
    quick = [*ASK, *TEACHER, "--no-judge", "--set", "dialogue.hardware=false"]
    assert main(quick) == 0
    assert "It will run on" not in Path("out/lessons.jsonl").read_text()


def test_a_dry_run_writes_nothing(capsys: Told) -> None:
    assert main([*ASK, *TEACHER, "--turns", "5", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "turns: 5" in out
    assert "ModelNew" in out
    assert main([*ASK, *TEACHER, "--no-judge", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["judged"] is False
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["--no-judge", "--keep", "correct"], "leave out --keep and --turns"),
        (["--no-judge", "--turns", "3"], "leave out --keep and --turns"),
        (["--no-judge", "--policy", "tour"], "have their answers ready"),
        (["--policy", "gold"], "no answer to any of 4 problems"),
        (["--policy", "templates", "--model", "m"], "is no endpoint"),
        (["--policy", "templates:fsued"], "Did you mean 'fused'"),
        (["--keep", "corect"], "Did you mean 'correct'"),
        (["--set", "dialogue.language=cpp"], "writes triton"),
    ],
)
def test_what_is_asked_wrongly(changes: list[str], words: str, capsys: Told) -> None:
    policy = [] if "--policy" in changes else TEACHER
    assert main([*ASK, *policy, *changes]) == 2
    assert words in capsys.readouterr().err
    assert not Path("out").exists()


def test_problems_have_to_be_named(capsys: Told) -> None:
    assert main(["train", "lessons", "-o", "out", *TEACHER]) == 2
    assert "name problems" in capsys.readouterr().err
