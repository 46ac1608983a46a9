"""Solutions as rows of a JSONL or Parquet file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerneldojo.benchmark.collector import Collector
from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.records import Language
from kerneldojo.store.extras import need

PROBLEM = ("problem",)
CODE = ("code", "source")
SAMPLE = ("sample", "sample_id")
LEVEL, NUMBER, LANGUAGE = "level", "problem_id", "language"
COLUMNS = (*PROBLEM, *CODE, *SAMPLE, LEVEL, NUMBER, LANGUAGE)
"""The columns that are read; others are no business of ours."""


class BadRow(ValueError):
    """A row that is no answer, with the column at fault."""


@dataclass(frozen=True)
class Row:
    """What a row says."""

    problem: str
    code: str
    sample: int | None
    language: Language | None


def collect_jsonl(path: Path, collector: Collector) -> None:
    """Read one answer from each line.

    Raises:
        UsageError: if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    _collect(_parse(line), f"{path}:{number}", collector)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def collect_parquet(path: Path, collector: Collector) -> None:
    """Read one answer from each row; rows are counted from 1.

    Raises:
        UsageError: if the file cannot be read, lacks a column, or pyarrow is not installed.
    """
    parquet = need("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            for wanted in (CODE, (*PROBLEM, NUMBER)):
                if not set(wanted) & set(names):
                    raise UsageError(
                        f"{path} has no column {' or '.join(map(repr, wanted))}. "
                        f"Its columns: {', '.join(names)}"
                    )
            columns = [name for name in names if name in COLUMNS]
            batches = file.iter_batches(batch_size=1000, columns=columns)
            rows = (row for batch in batches for row in batch.to_pylist())
            for number, row in enumerate(rows, 1):
                _collect(row, f"{path}:{number}", collector)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as Parquet: {error}") from None


def read_row(row: Any) -> Row:
    """Return what a row says.

    Raises:
        BadRow: naming the column and what is wrong with it.
    """
    if isinstance(row, BadRow):
        raise row
    if not isinstance(row, Mapping):
        raise BadRow("the line is no JSON object")
    return Row(_problem(row), _code(row), _sample(row), _language(row))


def _collect(row: Any, where: str, collector: Collector) -> None:
    try:
        found = read_row(row)
    except BadRow as error:
        collector.complain(where, str(error))
    else:
        collector.add(found.problem, found.code, where, found.sample, found.language)


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(f"not a line of JSON: {error}")


def _problem(row: Mapping[str, Any]) -> str:
    name, value = _given(row, PROBLEM)
    if value is None and row.get(LEVEL) is not None and row.get(NUMBER) is not None:
        return f"kernelbench/level{_whole(row, LEVEL)}/{_whole(row, NUMBER)}"
    if not isinstance(value, str) or not value:
        raise BadRow(
            f"column {name!r}: {_shown(value)}; needs a problem's name (or 'level' and "
            f"'problem_id'). {_columns(row)}"
        )
    return value


def _code(row: Mapping[str, Any]) -> str:
    name, value = _given(row, CODE)
    if not isinstance(value, str):
        raise BadRow(
            f"column {name!r}: {_shown(value)}; needs the solution's text. {_columns(row)}"
        )
    return value


def _sample(row: Mapping[str, Any]) -> int | None:
    name, value = _given(row, SAMPLE)
    return None if value is None else _whole(row, name)


def _language(row: Mapping[str, Any]) -> Language | None:
    value = row.get(LANGUAGE)
    if value is None:
        return None
    known = [str(one) for one in Language]
    if value not in known:
        hint = did_you_mean(str(value), known)
        raise BadRow(f"column {LANGUAGE!r}: {_shown(value)}; needs {', '.join(known)}.{hint}")
    return Language(value)


def _given(row: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, Any]:
    """Return the first of several columns that has a value, and the value."""
    return next(
        ((name, row[name]) for name in names if row.get(name) is not None), (names[0], None)
    )


def _whole(row: Mapping[str, Any], name: str) -> int:
    value = row[name]
    if isinstance(value, float) and value.is_integer():  # a column with gaps holds floats
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRow(f"column {name!r}: {_shown(value)}; needs a whole number ≥ 0")
    return value


def _shown(value: Any) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _columns(row: Mapping[str, Any]) -> str:
    return f"Its columns: {', '.join(map(str, row)) or 'none'}"
