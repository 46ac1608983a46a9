"""Conversations read from wherever they are; what is none is passed over and told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kerneldojo.errors import UsageError
from kerneldojo.records import Message
from kerneldojo.store.extras import need

_BATCH_ROWS = 64
_SAVED = ("dataset_info.json", "dataset_dict.json")
_COLUMN = "messages"


@dataclass(frozen=True)
class Place:
    """Where a row stands."""

    file: Path
    row: int
    """Counted from 1."""

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


@dataclass(frozen=True)
class Conversation:
    """Messages of which at least one is the model's."""

    messages: tuple[Message, ...]
    place: Place


@dataclass(frozen=True)
class BadRow:
    """A row nothing can be learnt from."""

    place: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_conversations(
    paths: Sequence[str | Path], bad: list[BadRow] | None = None
) -> Iterator[Conversation]:
    """Yield the conversations in files and folders, in order.

    Args:
        paths: FILE.jsonl, FILE.parquet, a folder of such files, or one that `datasets` saved; each
            row has a column `messages`, a list of `role` and `content`.
        bad: collects the rows that are passed over.

    Raises:
        UsageError: if a path is not there, holds no such file or cannot be read, or a package
            that is needed is not installed.
    """
    for path in map(Path, paths):
        for place, row in _rows(path):
            try:
                yield Conversation(_messages(row), place)
            except ValueError as error:
                if bad is not None:
                    bad.append(BadRow(place, str(error)))


def _rows(path: Path) -> Iterator[tuple[Place, Any]]:
    """Yield the rows of a file or folder; one that cannot be parsed as an exception."""
    if path.is_dir():
        yield from _rows_of_folder(path)
    elif not path.is_file():
        raise UsageError(f"{path} is not there. Name conversations: FILE.jsonl, FILE.parquet, …")
    elif path.suffix in (".jsonl", ".parquet"):
        read = _json_lines(path) if path.suffix == ".jsonl" else _parquet(path)
        for number, row in enumerate(read, 1):
            yield Place(path, number), row
    else:
        raise UsageError(f"{path} is neither FILE.jsonl nor FILE.parquet nor a folder.")


def _rows_of_folder(path: Path) -> Iterator[tuple[Place, Any]]:
    files = [file for file in sorted(path.rglob("*")) if file.suffix in (".jsonl", ".parquet")]
    for file in files:
        yield from _rows(file)
    if files:
        return
    if not any((path / name).is_file() for name in _SAVED):
        raise UsageError(f"{path} holds neither *.jsonl nor *.parquet nor a saved data set.")
    loaded = need("datasets").load_from_disk(str(path))
    for split in loaded.values() if isinstance(loaded, dict) else (loaded,):
        for number, row in enumerate(split, 1):
            yield Place(path, number), row


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError as error:
                yield ValueError(f"no JSON: {error}")


def _parquet(path: Path) -> Iterator[Any]:
    parquet = need("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(path)
    except need("pyarrow").ArrowInvalid as error:
        raise UsageError(f"{path} is no Parquet file: {error}") from error
    if _COLUMN not in file.schema_arrow.names:
        columns = ", ".join(file.schema_arrow.names)
        raise UsageError(f"{path} has no column {_COLUMN!r}; its columns are {columns}.")
    for batch in file.iter_batches(_BATCH_ROWS, columns=[_COLUMN]):
        yield from batch.to_pylist()


def _messages(row: Any) -> tuple[Message, ...]:
    """Return the messages of a row.

    Raises:
        ValueError: saying what is wrong with it.
    """
    if isinstance(row, ValueError):
        raise row
    if not isinstance(row, dict) or not isinstance(row.get(_COLUMN), list):
        raise ValueError(f"no list of {_COLUMN!r}")
    messages = tuple(_message(number, said) for number, said in enumerate(row[_COLUMN], 1))
    before: str | None = None
    for number, message in enumerate(messages, 1):
        if message.role == "assistant" and before in (None, "assistant", "system"):
            raise ValueError(f"message {number} is the model's and answers no question")
        before = message.role
    if not any(message.role == "assistant" for message in messages):
        raise ValueError("no message is the model's")
    return messages


def _message(number: int, said: Any) -> Message:
    if not isinstance(said, dict) or not isinstance(said.get("content"), str):
        raise ValueError(f"message {number} has no text as its content")
    try:
        return Message(role=said.get("role", ""), content=said["content"])
    except ValidationError:
        raise ValueError(
            f"message {number} has the role {said.get('role')!r}; it may be system, user or "
            "assistant"
        ) from None


def first_of(bad: Iterable[BadRow], most: int = 3) -> str:
    """Return the first few bad rows in words, for an error."""
    return "; ".join(str(row) for row, _ in zip(bad, range(most), strict=False))
