"""Conversations hold, word for word, what was sent, and end with what was answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.corpus import Answer, Keep, export_conversations
from kerneldojo.corpus.conversations import COLUMNS
from kerneldojo.dialogue.conversations import lineage, prompt_of, reply_of
from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from tests.corpus.conftest import LINES, THINKING, Script, talked, tree
from tests.dialogue.talk import code

PAGE = Path(__file__).parents[2] / "docs" / "collect.md"
BRANCHES = [
    code("correct", 1.1, "root 1"),
    code("correct", 1.2, "root 2"),
    code("correct", 1.5, "child"),
    code("correct", 2.0, "grandchild"),
]


def sent(policy: Script, number: int) -> list[dict[str, str]]:
    return [{"role": each.role, "content": each.content} for each in policy.asked[number][0]]


def exported(run: Run, path: Path, keep: Keep | None = None, **how: Any) -> list[dict[str, Any]]:
    found = export_conversations([run], path, keep, **how)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert found.rows == len(rows)
    return rows


@pytest.mark.parametrize("keep_thinking", [False, True])
def test_a_prompt_is_told_word_for_word(tmp_path: Path, keep_thinking: bool) -> None:
    run, policy = talked(tmp_path / "run", LINES, keep_thinking=keep_thinking)
    [trajectory] = run.trajectories()
    for turn in trajectory.turns:
        messages, _, _ = policy.asked[turn.number]
        assert prompt_of(trajectory, turn, keep_thinking=keep_thinking) == messages


def test_a_rollout_gives_one_conversation(tmp_path: Path) -> None:
    run, policy = talked(tmp_path / "run", LINES)
    [row] = exported(run, tmp_path / "out.jsonl")
    assert list(row) == list(COLUMNS)
    answer = {"role": "assistant", "content": code("correct", 2.5, "c").strip()}
    assert row["messages"] == [*sent(policy, 2), answer]
    assert [each["role"] for each in row["messages"]] == ["user", "assistant"] * 3
    assert (row["turn"], row["turns"], row["is_answer"]) == (2, 3, True)
    assert (row["status"], row["speedup"], row["best_speedup"]) == ("CORRECT", 2.5, 2.5)
    assert (row["end"], row["problem_licence"], row["coverage"]) == ("turns", "unknown", 0.973)


def test_thinking_is_kept_if_asked_for(tmp_path: Path) -> None:
    run, _ = talked(tmp_path / "run", LINES)
    [row] = exported(run, tmp_path / "out.jsonl", thinking=True)
    assert row["messages"][-1]["content"] == THINKING + code("correct", 2.5, "c")
    assert all(THINKING not in each["content"] for each in row["messages"][:-1])


def test_thinking_that_came_apart_is_put_before_the_reply(run: Run) -> None:
    turn = run.trajectories()[0].turns[0]
    apart = turn.record.model_copy(update={"reply": "code", "thinking": "hm"})
    object.__setattr__(turn, "record", apart)
    assert reply_of(turn, thinking=True).content == "<think>\nhm\n</think>\n\ncode"
    assert reply_of(turn, thinking=False).content == "code"


def test_a_tree_gives_the_line_that_leads_to_the_answer(tmp_path: Path) -> None:
    run, policy = talked(tmp_path / "run", list(BRANCHES), tree)
    [trajectory] = run.trajectories()
    assert [turn.number for turn in lineage(trajectory, trajectory.turns[3])] == [1, 2, 3]
    rows = exported(run, tmp_path / "out.jsonl")
    assert [(row["turn"], row["turns"], row["is_answer"]) for row in rows] == [
        (3, 2, True),
        (2, 3, False),
        (1, 1, False),
    ]
    for row in rows:
        answer = {"role": "assistant", "content": BRANCHES[row["turn"]].strip()}
        assert row["messages"] == [*sent(policy, row["turn"]), answer]


def test_no_conversation_ends_with_what_is_wrong_unless_wanted(tmp_path: Path) -> None:
    lines = [BRANCHES[0], code("wrong", text="root 2"), *BRANCHES[2:]]
    run, _ = talked(tmp_path / "run", list(lines), tree)
    assert [row["turn"] for row in exported(run, tmp_path / "right.jsonl")] == [3, 2]
    every = exported(run, tmp_path / "all.jsonl", Keep())
    assert [(row["turn"], row["status"]) for row in every][2] == (1, "WRONG_VALUE")


def test_the_last_answer_may_be_asked_for(tmp_path: Path) -> None:
    lines = [code("correct", 3.0), code("correct", 2.0), code("correct", 1.0)]
    run, _ = talked(tmp_path / "run", list(lines))
    assert exported(run, tmp_path / "best.jsonl")[0]["turn"] == 0
    last = exported(run, tmp_path / "last.jsonl", Keep(answer=Answer.LAST))
    assert [(row["turn"], row["speedup"], row["best_speedup"]) for row in last] == [(2, 1.0, 3.0)]


def test_what_was_shown_and_is_lost_drops_the_conversation(run: Run, tmp_path: Path) -> None:
    path = run.path / "turns.jsonl"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    found = export_conversations([run], tmp_path / "out.jsonl")
    assert (found.rows, found.selection.dropped) == (0, {"answer": 1})
    [trajectory] = run.trajectories()
    with pytest.raises(LookupError, match="was shown turn 0, which is not there"):
        prompt_of(trajectory, trajectory.turns[-1], keep_thinking=False)


def test_parquet_and_datasets_hold_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    [row] = exported(run, tmp_path / "out.jsonl")
    export_conversations([run], tmp_path / "out.parquet")
    export_conversations([run], tmp_path / "folder")
    [again] = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert again["messages"] == row["messages"]
    [listed] = datasets.load_from_disk(tmp_path / "folder" / "arrow")["messages"][:]
    assert listed == row["messages"]
    card = (tmp_path / "folder" / "README.md").read_text()
    assert "1 conversations" in card and "data/conversations.parquet" in card
    assert "| CORRECT | 1 |" in card


def test_csv_cannot_hold_conversations(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"CSV cannot hold the column messages\. Use \.jsonl"):
        export_conversations([run], tmp_path / "out.csv")


def test_every_column_is_explained() -> None:
    text = PAGE.read_text()
    for name, (_, meaning) in COLUMNS.items():
        assert f"| `{name}` | {meaning} |" in text
