"""`export` of dialogues: what is kept, what is dropped, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.corpus.conftest import THINKING, talked, thought
from tests.dialogue.talk import code


@pytest.fixture
def run(tmp_path: Path) -> Path:
    lines = [
        thought(code("wrong", text="a"), (5,), (1,)),
        thought(code("correct", 2.0, "b"), (6,), (1, 5)),
        code("correct", 1.0, "c"),
    ]
    cheat = [code("hacked", text="d"), code("correct", 3.0, "e"), code("wrong", text="f")]
    talked(tmp_path / "run", [*lines, *cheat], samples=2)
    return tmp_path / "run"


def test_conversations_are_correct_and_honest_unless_told_otherwise(
    command: Command, run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sft.jsonl"
    ran = command("export", run, "--as", "conversations", "-o", out)
    assert (ran.code, ran.out) == (0, "")
    assert "1 of 2 trajectories kept; dropped by filter: 1 honest\n" in ran.err
    assert f"1 row written to {out}" in ran.err
    [row] = map(json.loads, out.read_text().splitlines())
    assert (row["sample"], row["turn"], row["speedup"]) == (0, 1, 2.0)


def test_filters_are_given_one_by_one(command: Command, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "sft.jsonl"
    flags = ["--keep", "speedup=2.5", "--keep", "ended", "--keep", "improving"]
    ran = command("export", run, "--as", "conversations", "-o", out, *flags)
    assert "1 of 2 trajectories kept; dropped by filter: 1 speedup\n" in ran.err
    assert json.loads(out.read_text())["sample"] == 1


def test_thinking_is_kept_if_asked_for(command: Command, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "sft.jsonl"
    for flags, kept in ([], False), (["--thinking"], True):
        assert command("export", run, "--as", "conversations", "-o", out, *flags).code == 0
        last = json.loads(out.read_text())["messages"][-1]["content"]
        assert last.startswith(THINKING) is kept


def test_whole_trajectories(command: Command, run: Path, tmp_path: Path) -> None:
    ran = command("export", run, "--as", "trajectories", "-o", tmp_path / "rl.jsonl")
    assert "2 of 2 trajectories kept\n" in ran.err
    rows = [json.loads(line) for line in (tmp_path / "rl.jsonl").read_text().splitlines()]
    assert [len(row["turns"]) for row in rows] == [3, 3]


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--keep", "correct"], "--as conversations"),
        (["--thinking"], "--as conversations"),
        (["--as", "trajectories", "--keep", "corect"], "Did you mean 'correct'"),
        (["--as", "trajectories", "--format", "csv"], "CSV cannot hold the column question"),
    ],
)
def test_what_makes_no_sense_is_told(
    command: Command, run: Path, tmp_path: Path, flags: list[str], complaint: str
) -> None:
    ran = command("export", run, "-o", tmp_path / "out.jsonl", *flags)
    assert ran.code == 2
    assert complaint in ran.err


def test_lines_that_refer_to_nothing_are_told(command: Command, run: Path, tmp_path: Path) -> None:
    path = run / "trajectories.jsonl"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    ran = command("export", run, "--as", "trajectories", "-o", tmp_path / "rl.jsonl")
    assert ran.code == 0
    assert "turns.jsonl:4: no trajectory has the id" in ran.err
