"""Rows written for use elsewhere: CSV, JSON lines, Parquet, or a Hugging Face `datasets` folder.

Rows are taken one after the other and written in batches, so that a table may be larger than
memory.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic_core import to_json

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.store.extras import need
from kerneldojo.store.whole import write_whole

if TYPE_CHECKING:
    import pyarrow

Format = Literal["csv", "jsonl", "parquet", "datasets"]
FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    "": "datasets",
}
"""Which suffix of the path means which format."""

Kind = type | list[Any] | dict[str, Any]
"""What a column holds: `str`, `bool`, `int`, `float` or `datetime`; `[kind]`, a list of such; or
`{name: kind}`, a structure."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """What is written.

    Args:
        name: of the file within a `datasets` folder.
        columns: the kind of each.
        rows: consumed once.
        card: returns the page of a `datasets` folder; called once all rows are written.
        batch_rows: so many rows are held in memory and compressed together.
    """

    name: str
    columns: Mapping[str, Kind]
    rows: Iterable[Row]
    card: Callable[[], str]
    batch_rows: int = 1024


def write_table(table: Table, path: str | Path, format: Format | None = None) -> int:
    """Write a table, whole or not at all.

    Args:
        table: what is written. A table with nested columns cannot become CSV.
        path: a file, replaced whole, or for `datasets` a directory that is missing or empty.
        format: by default what the path's suffix says; a path without one is a `datasets` folder.

    Returns:
        The number of rows.

    Raises:
        UsageError: if the format is unknown or cannot hold the table, the directory is in use,
            or a package that is needed is not installed.
        StoreError: if nothing can be written there.
    """
    path = Path(path)
    chosen = format or FORMATS.get(path.suffix)
    if chosen is None:
        raise UsageError(
            f"{path}: no format has the suffix {path.suffix!r}. Use .csv, .jsonl, .parquet, or a "
            "directory for Hugging Face datasets, or name the format (--format)."
        )
    write = {
        "csv": _write_csv,
        "jsonl": _write_jsonl,
        "parquet": _write_parquet,
        "datasets": _write_datasets,
    }[chosen]
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in table.rows:
            count += 1
            yield row

    try:
        write(table, counted(), path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}.") from error
    return count


def _write_csv(table: Table, rows: Iterator[Row], path: Path) -> None:
    nested = [name for name, kind in table.columns.items() if kind != [str] and _nested(kind)]
    if nested:
        raise UsageError(
            f"{path}: CSV cannot hold the column {nested[0]}. Use .jsonl, .parquet, or a directory."
        )

    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.DictWriter(file, [*table.columns])
            writer.writeheader()
            writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)

    write_whole(path, write)


def _plain(value: object) -> object:
    if isinstance(value, list | tuple):
        return ";".join(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _write_jsonl(table: Table, rows: Iterator[Row], path: Path) -> None:
    def write(partial: Path) -> None:
        with partial.open("wb") as file:
            for row in rows:
                file.write(to_json(row, inf_nan_mode="strings") + b"\n")

    write_whole(path, write)


def _write_parquet(table: Table, rows: Iterator[Row], path: Path) -> None:
    write_whole(path, lambda partial: _parquet(table, rows, partial))


def _parquet(table: Table, rows: Iterator[Row], path: Path) -> None:
    schema = _schema(table)
    writer = need("pyarrow.parquet").ParquetWriter(path, schema, compression="zstd")
    with writer:
        for batch in _batches(rows, schema, table.batch_rows):
            writer.write_batch(batch)


def _write_datasets(table: Table, rows: Iterator[Row], path: Path) -> None:
    """Write what the Hub shows (`data/`, a card) and what `load_from_disk` reads (`arrow/`)."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} is in use; a datasets folder needs a new or empty directory.")
    datasets = need("datasets")

    def write(partial: Path) -> None:
        (partial / "data").mkdir(parents=True)
        parquet = partial / "data" / f"{table.name}.parquet"
        _parquet(table, rows, parquet)
        with tempfile.TemporaryDirectory() as scratch:
            stream = Path(scratch) / "stream.arrow"
            _stream(parquet, stream, table.batch_rows)
            datasets.disable_progress_bars()
            datasets.Dataset.from_file(str(stream)).save_to_disk(partial / "arrow")
        (partial / "README.md").write_text(table.card(), encoding="utf-8")

    write_whole(path, write)


def _stream(parquet: Path, path: Path, batch_rows: int) -> None:
    """Copy a Parquet file into one that `datasets` reads where it lies."""
    file = need("pyarrow.parquet").ParquetFile(parquet)
    with need("pyarrow").ipc.new_stream(path, file.schema_arrow) as writer:
        for batch in file.iter_batches(batch_rows):
            writer.write_batch(batch)


def _batches(
    rows: Iterator[Row], schema: pyarrow.Schema, count: int
) -> Iterator[pyarrow.RecordBatch]:
    while batch := list(islice(rows, count)):
        yield need("pyarrow").RecordBatch.from_pylist(batch, schema)


def _schema(table: Table) -> pyarrow.Schema:
    return need("pyarrow").schema([(name, _arrow(kind)) for name, kind in table.columns.items()])


def _arrow(kind: Kind) -> pyarrow.DataType:
    arrow = need("pyarrow")
    if isinstance(kind, list):
        return arrow.list_(_arrow(kind[0]))
    if isinstance(kind, dict):
        return arrow.struct([(name, _arrow(inner)) for name, inner in kind.items()])
    plain: dict[type, pyarrow.DataType] = {
        str: arrow.string(),
        bool: arrow.bool_(),
        int: arrow.int64(),
        float: arrow.float64(),
        datetime: arrow.timestamp("us", "UTC"),
    }
    return plain[kind]


def _nested(kind: Kind) -> bool:
    return isinstance(kind, list | dict)
