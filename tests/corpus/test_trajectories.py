"""Exported trajectories come back as the records they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerneldojo.corpus import export_trajectories, read_trajectories
from kerneldojo.corpus.trajectories import COLUMNS, TURN_COLUMNS, trajectory_of, trajectory_row
from kerneldojo.dialogue.token_rows import rows
from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from tests.corpus.conftest import LINES, talked, tree
from tests.dialogue.talk import code

PAGE = Path(__file__).parents[2] / "docs" / "collect.md"


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet", "out"])
def test_there_and_back(run: Run, tmp_path: Path, name: str) -> None:
    if name != "out.jsonl":
        pytest.importorskip("datasets")
    found = export_trajectories([run], tmp_path / name)
    assert (found.rows, found.selection.seen, found.selection.dropped) == (1, 1, {})
    [before] = run.trajectories()
    [after] = read_trajectories(tmp_path / name)
    assert after == before
    assert rows(after) == rows(before)
    assert [turn.record.tokens and turn.record.tokens.extends for turn in after.turns] == [
        None,
        0,
        None,
    ]


def test_trees_faults_and_replies_without_code_come_back(tmp_path: Path) -> None:
    lines = ["I decline.", code("failed"), code("hacked"), code("correct", 2.0)]
    run, _ = talked(tmp_path / "run", list(lines), tree)
    export_trajectories([run], tmp_path / "out.jsonl")
    [after] = read_trajectories(tmp_path / "out.jsonl")
    assert [after] == run.trajectories()
    assert [turn.record.valid for turn in after.turns] == [True, False, True, True]
    assert after.turns[0].solution is None and after.turns[1].reward is None


def test_a_row_says_what_other_programs_need(tmp_path: Path) -> None:
    run, policy = talked(tmp_path / "run", LINES)
    [trajectory] = run.trajectories()
    row = trajectory_row("run", trajectory, keep_thinking=False)
    assert list(row) == list(COLUMNS)
    first, second, third = row["turns"]
    assert list(first) == list(TURN_COLUMNS)
    assert (first["status"], first["speedup"], first["valid"]) == ("WRONG_VALUE", None, True)
    assert (third["status"], third["speedup"], third["coverage"]) == ("CORRECT", 2.5, 0.973)
    assert second["prompt_ids"] == (1, 2, 5, 6, 7, 8), "the whole prompt, not what it adds"
    assert (second["sampled_ids"], second["extends"]) == ((9,), 0)
    asked = [{"role": each.role, "content": each.content} for each in policy.asked[2][0]]
    assert third["prompt"] == asked
    assert third["solution"]["source"].startswith("class ModelNew")
    json.loads(third["evaluation"])


def test_a_prompt_that_is_not_all_there_is_missing(run: Run) -> None:
    [trajectory] = run.trajectories()
    del trajectory.turns[0]
    row = trajectory_row("run", trajectory, keep_thinking=False)
    assert [turn["prompt"] for turn in row["turns"]] == [None, None]
    assert row["turns"][0]["prompt_ids"] is None, "its beginning is not there"
    assert row["turns"][1]["prompt_ids"] == (11, 12)
    assert trajectory_of(row).turns[1] == trajectory.turns[1]


def test_what_is_no_export_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with pytest.raises(UsageError, match="is not there"):
        list(read_trajectories(path))
    export_trajectories([run], path)
    row = json.loads(path.read_text())
    del row["turns"][1]["place"]
    path.write_text(json.dumps(row))
    with pytest.raises(UsageError, match=r"row 1: this is no row of a trajectory.*place"):
        list(read_trajectories(path))
    path.write_text("junk")
    with pytest.raises(UsageError, match=r"out\.jsonl:1"):
        list(read_trajectories(path))
    pytest.importorskip("pyarrow")
    path.rename(tmp_path / "out.parquet")
    with pytest.raises(UsageError, match="no Parquet file"):
        list(read_trajectories(tmp_path / "out.parquet"))


def test_every_column_is_explained() -> None:
    text = PAGE.read_text()
    for name, (_, meaning) in {**COLUMNS, **TURN_COLUMNS}.items():
        assert f"| `{name}` | {meaning} |" in text
