"""Tables with a reference in each row: JSON Lines and Parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kerneldojo.errors import InvalidProblem, ProblemNotFound, UsageError, did_you_mean
from kerneldojo.problems.reference import from_text
from kerneldojo.problems.sources.base import Item, Places, Refusal
from kerneldojo.records import Problem

SUFFIXES = (".jsonl", ".parquet")

CODE_COLUMNS = (
    "code",
    "source",
    "reference",
    "reference_code",
    "ref_code",
    "pytorch_code",
    "python_code",
    "pytorch_module",
    "problem",
)
"""What the column with the reference may be called, in order of preference."""

_LEVEL = re.compile(r"(?:level[ _]?)?([1-4])(?:\.0)?")

Row = dict[str, Any]
Namer = Callable[[Row, int], str]


class _BadColumn(Exception):
    """A value of a row cannot be used: the column and what is wrong with it."""


def read(
    path: Path, places: Places, namer: Namer | None = None, *, table: str | None = None
) -> Iterator[Item]:
    """Yield the problem of each row, or why it is none; one bad row spoils no other.

    Args:
        path: a `.jsonl` or `.parquet` file.
        places: may name the code column and the licence.
        namer: makes a name of a row and its number, where the columns `name` and
            `problem_id` are not to decide.
        table: what names that are made up begin with; the file's own name if None.

    Raises:
        ProblemNotFound: if the file cannot be read at all.
        UsageError: if a package it takes is not installed, or the column is not there.
    """
    namer = namer or _named(table or path.stem)
    rows = _jsonl(path) if path.suffix == ".jsonl" else _parquet(path)
    column = places.code_column
    for number, row in rows:
        where = f"{path}: row {number}"
        if isinstance(row, str):
            yield Refusal(where, row)
            continue
        try:
            column = column or _code_column(list(row), path)
            yield _problem(row, number, column, where, places, namer)
        except _BadColumn as error:
            yield Refusal(where, str(error))
        except InvalidProblem as error:
            reason = str(error).removeprefix(f"{where}: ")
            yield Refusal(where, f"column {column!r}: {reason}")


def _problem(
    row: Row, number: int, column: str, where: str, places: Places, namer: Namer
) -> Problem:
    code = row.get(column)
    if not isinstance(code, str):
        raise _BadColumn(f"column {column!r}: {_kind(code)}, not the text of a reference")
    licence = _text(row, "licence") or _text(row, "license") or places.licence or "unknown"
    return from_text(
        code.replace("\r\n", "\n"),
        namer(row, number),
        where,
        licence,
        level=_level(row),
        description=_text(row, "description"),
        tags=_tags(row),
    )


def _named(table: str) -> Namer:
    def name(row: Row, number: int) -> str:
        given = _text(row, "name")
        return given or f"{table}/{_text(row, 'problem_id') or number}"

    return name


def _code_column(columns: Sequence[str], path: Path) -> str:
    for name in CODE_COLUMNS:
        if name in columns:
            return name
    hint = did_you_mean("code", list(columns))
    raise UsageError(
        f"{path} has no column that could hold a reference: its columns are "
        f"{', '.join(columns) or 'none'}.{hint} Name it with --code-column (code_column)."
    )


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _BadColumn(f"column {column!r}: {_kind(value)}, not text")
    text = str(value).strip()
    if column == "name" and not text.isprintable():
        raise _BadColumn(f"column 'name': {text!r:.40} holds control characters")
    return text


def _level(row: Row) -> int | None:
    value = row.get("level")
    if value is None:
        return None
    match = _LEVEL.fullmatch(str(value).strip())
    if match is None:
        raise _BadColumn(f"column 'level': {value!r} is not 1, 2, 3 or 4")
    return int(match[1])


def _tags(row: Row) -> tuple[str, ...]:
    value = row.get("tags")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise _BadColumn(f"column 'tags': {_kind(value)}, not a list of text")
    return tuple(value)


def _kind(value: object) -> str:
    words = {type(None): "nothing", list: "a list", dict: "an object", bool: "true or false"}
    return words.get(type(value), f"{value!r:.40}")


def _jsonl(path: Path) -> Iterator[tuple[int, Row | str]]:
    """Yield each line's number and object, or what is wrong with the line."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield number, f"not JSON: {error}"
                    continue
                yield number, row if isinstance(row, dict) else f"{_kind(row)}, not an object"
    except OSError as error:
        raise ProblemNotFound(f"{path}: cannot be read: {error.strerror}") from None


def _parquet(path: Path) -> Iterator[tuple[int, Row | str]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            f"reading {path} takes pyarrow, which is not installed: pip install 'kerneldojo[data]'"
        ) from None
    try:
        number = 0
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches():
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except FileNotFoundError:
        raise ProblemNotFound(f"{path}: no such file") from None
    except (OSError, pyarrow.ArrowException) as error:
        text = str(error).partition("\n")[0]
        raise ProblemNotFound(f"{path}: not a readable Parquet file: {text}") from None
