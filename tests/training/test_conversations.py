"""Conversations are found wherever they are; what is none is told, and the rest is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kerneldojo.errors import UsageError
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.settings import SftSettings
from kerneldojo.training.conversations import BadRow, read_conversations
from kerneldojo.training.preparation import Lesson, prepare, reasons
from tests.policies import tokenizers
from tests.training.conftest import TALKS, Write, talk


def questions(*paths: Path) -> list[str]:
    return [each.messages[0].content for each in read_conversations(paths)]


ALL = [f"Write kernel {number}." for number in range(1, 7)]


def test_files_are_read_in_order(write: Write) -> None:
    first, second = write(TALKS[:2], "b.jsonl"), write(TALKS[2:3], "a.jsonl")
    assert questions(first, second) == ALL[:3]


def test_parquet_may_have_further_columns(tmp_path: Path) -> None:
    rows = [{**row, "problem": "suite/softmax"} for row in TALKS]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "data.parquet")
    assert questions(tmp_path / "data.parquet") == ALL


def test_a_folder_gives_all_its_files(write: Write, tmp_path: Path) -> None:
    write(TALKS[:2], "a.jsonl")
    (tmp_path / "more").mkdir()
    write(TALKS[2:3], "more/c.jsonl")
    (tmp_path / "README.md").write_text("# Conversations")
    assert questions(tmp_path) == ALL[:3]


@pytest.mark.parametrize("split", [False, True])
def test_saved_datasets_are_read(split: bool, tmp_path: Path) -> None:
    table: Any = datasets.Dataset.from_list(TALKS)
    table = datasets.DatasetDict({"train": table}) if split else table
    table.save_to_disk(str(tmp_path / "saved"))
    assert questions(tmp_path / "saved") == ALL


BAD = {
    "{not json": "no JSON",
    '{"text": "hello"}': "no list of 'messages'",
    '["hello"]': "no list of 'messages'",
    '{"messages": []}': "no message is the model's",
    '{"messages": [{"role": "user", "content": "hello"}]}': "no message is the model's",
    '{"messages": [{"role": "assistant", "content": "hello"}]}': "message 1 .* answers no question",
    '{"messages": [{"role": "tool", "content": "hello"}]}': "message 1 has the role 'tool'",
    '{"messages": [{"role": "user", "content": ["hello"]}]}': "message 1 has no text",
    '{"messages": ["hello"]}': "message 1 has no text",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items())
def test_a_bad_row_is_told_and_the_rest_is_read(line: str, reason: str, write: Write) -> None:
    bad: list[BadRow] = []
    path = write([TALKS[0], line, TALKS[1]])
    read = list(read_conversations([path], bad))
    assert [each.place.row for each in read] == [1, 3]
    [row] = bad
    assert str(row).startswith(f"{path}, row 2: ")
    assert re.search(reason, row.reason)


def test_two_replies_in_a_row_are_no_conversation(write: Write) -> None:
    row = talk("Write.", "A kernel.")
    row["messages"].append({"role": "assistant", "content": "Another."})
    bad: list[BadRow] = []
    assert not list(read_conversations([write([row])], bad))
    assert "message 3" in bad[0].reason


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing.jsonl", None, "is not there"),
        ("data.csv", "messages\n", "neither FILE.jsonl nor FILE.parquet"),
        ("data.parquet", "messages\n", "is no Parquet file"),
        ("folder", None, "is not there"),
    ],
)
def test_what_cannot_be_read_is_named(
    name: str, content: str | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=words):
        list(read_conversations([tmp_path / name]))


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds neither"):
        list(read_conversations([tmp_path]))


def test_a_table_without_messages_names_its_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"prompt": ["a"]}), tmp_path / "data.parquet")
    with pytest.raises(UsageError, match="no column 'messages'; its columns are prompt"):
        list(read_conversations([tmp_path / "data.parquet"]))


def prepared(path: Path, **settings: Any) -> Lesson:
    return prepare([path], ChatTokens(tokenizers.chatml()), SftSettings(**settings))


def test_what_is_learnt_is_counted(write: Write) -> None:
    lesson = prepared(write([*TALKS, "{}"]))
    facts = lesson.facts()
    assert (facts["conversations"], facts["sequences"], facts["replies"]) == (6, 6, 12)
    assert facts["bad_rows"] == 1
    assert facts["tokens"] == sum(len(each.ids) for each in lesson.sequences)
    assert 0 < facts["learnt_tokens"] < facts["tokens"]


def test_long_conversations_are_cut_or_left_out(write: Write) -> None:
    path = write([talk("Write.", "A kernel.", "Faster.", "No. " * 40), talk("Write. " * 80, "No.")])
    whole = prepared(path)
    assert (whole.cut, whole.dropped) == (0, 0)
    cut = prepared(path, max_length=60)
    assert (cut.cut, cut.dropped, len(cut.sequences)) == (1, 1, 1)
    assert len(cut.sequences[0].replies) == 1
    assert max(len(each.ids) for each in cut.sequences) <= 60
    with pytest.raises(UsageError, match=r"longer than sft\.max_length = 60"):
        prepared(path, max_length=60, too_long="drop")


def test_one_reply_a_conversation_is_learnt_on_demand(write: Write) -> None:
    assert prepared(write(), turns="last").facts()["replies"] == 6


def test_nothing_to_learn_is_an_error_that_says_why(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no row can be used\. .*row 1: no list of 'messages'"):
        prepared(write(["{}"]))
    (tmp_path / "empty.jsonl").touch()
    with pytest.raises(UsageError, match="there are no rows"):
        prepared(tmp_path / "empty.jsonl")


def test_what_the_template_refuses_is_a_bad_row(write: Write) -> None:
    row = {"messages": [{"role": "system", "content": "Be brief."}]}
    row["messages"] += talk("Write.", "A kernel.")["messages"]
    strict = tokenizers.MISTRAL.replace("only user", "no system, only user")
    tokens = ChatTokens(tokenizers.chatml(strict))
    tokens._has_system = True  # as a template that takes rules only in some conversations
    lesson = prepare([write([row, TALKS[0]])], tokens, SftSettings())
    assert "no system" in lesson.bad[0].reason
    assert lesson.conversations == 1


def test_equal_reasons_are_told_together(write: Write) -> None:
    lesson = prepared(write([TALKS[0], "{}", '{"messages": []}', "{}"]))
    assert [(count, row.place.row) for _, count, row in reasons(lesson.bad)] == [(2, 2), (1, 3)]


def test_the_digest_tells_what_is_learnt(write: Write) -> None:
    path = write()
    assert prepared(path).digest == prepared(path).digest
    assert prepared(path).digest != prepared(path, turns="last").digest
    assert prepared(path).digest != prepared(write(TALKS[1:])).digest
