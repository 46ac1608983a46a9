"""Runs written for use elsewhere: CSV, Parquet, or a Hugging Face `datasets` folder."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.store.dataset_card import dataset_card
from kerneldojo.store.frames import COLUMNS, need, table_rows
from kerneldojo.store.whole import write_whole

if TYPE_CHECKING:
    import pyarrow

    from kerneldojo.store.run import Run

Format = Literal["csv", "parquet", "datasets"]
FORMATS: dict[str, Format] = {".csv": "csv", ".parquet": "parquet", "": "datasets"}
"""Which suffix of the path means which format."""

SOURCES = ("problem_source", "problem_licence", "solution_source")
"""Columns of Parquet and `datasets` exports beyond those of the data frame."""


def export(runs: Sequence[Run], path: str | Path, format: Format | None = None) -> int:
    """Write one row for each entry that has been evaluated.

    Args:
        runs: the runs, whose rows follow one another; column `run` tells them apart.
        path: a file, replaced whole, or for `datasets` a directory that is missing or empty.
        format: by default what the path's suffix says; a path without one is a `datasets` folder.

    Returns:
        The number of rows.

    Raises:
        UsageError: if the format is unknown, the directory is in use, or a package that is
            needed is not installed.
        StoreError: if nothing can be written there.
    """
    path = Path(path)
    chosen = format or FORMATS.get(path.suffix)
    if chosen is None:
        raise UsageError(
            f"{path}: no format has the suffix {path.suffix!r}. Use .csv, .parquet, or a "
            "directory for Hugging Face datasets, or name the format (--format)."
        )
    write = {"csv": _write_csv, "parquet": _write_parquet, "datasets": _write_datasets}[chosen]
    try:
        return write(runs, path)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}.") from error


def _write_csv(runs: Sequence[Run], path: Path) -> int:
    rows = [row for run in runs for row in table_rows(run)]

    def write(partial: Path) -> None:
        with partial.open("w", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.DictWriter(file, [*COLUMNS])
            writer.writeheader()
            for row in rows:
                plain = {"findings": ";".join(row["findings"])}
                plain["created_at"] = row["created_at"].isoformat()
                writer.writerow({**row, **plain})

    write_whole(path, write)
    return len(rows)


def _write_parquet(runs: Sequence[Run], path: Path) -> int:
    table = _table(runs)
    write_whole(path, lambda partial: need("pyarrow.parquet").write_table(table, partial))
    return int(table.num_rows)


def _write_datasets(runs: Sequence[Run], path: Path) -> int:
    """Write what the Hub shows (`data/`, a card) and what `load_from_disk` reads (`arrow/`)."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"{path} is in use; a datasets folder needs a new or empty directory.")
    datasets = need("datasets")
    table = _table(runs)

    def write(partial: Path) -> None:
        (partial / "data").mkdir(parents=True)
        need("pyarrow.parquet").write_table(table, partial / "data" / "evaluations.parquet")
        datasets.disable_progress_bars()
        datasets.Dataset(table).save_to_disk(partial / "arrow")
        card = dataset_card(runs, table.select(["status", "problem_licence"]).to_pylist())
        (partial / "README.md").write_text(card, encoding="utf-8")

    write_whole(path, write)
    return int(table.num_rows)


def _table(runs: Iterable[Run]) -> pyarrow.Table:
    pyarrow = need("pyarrow")
    types = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        list: pyarrow.list_(pyarrow.string()),
        datetime: pyarrow.timestamp("us", "UTC"),
    }
    columns = COLUMNS | dict.fromkeys(SOURCES, str)
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    return pyarrow.Table.from_pylist([row for run in runs for row in _with_sources(run)], schema)


def _with_sources(run: Run) -> Iterator[dict[str, Any]]:
    problems, solutions = run.problems(), run.solutions()
    for row in table_rows(run):
        problem = problems.get(row["problem_digest"])
        solution = solutions.get(row["solution_digest"])
        row["problem_source"] = problem.source if problem else None
        row["problem_licence"] = problem.licence if problem else None
        row["solution_source"] = solution.source if solution else None
        yield row
