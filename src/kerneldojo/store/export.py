"""The evaluations of runs written for use elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerneldojo.store.dataset_card import COLUMN_MEANINGS, DatasetCard
from kerneldojo.store.frames import COLUMNS, table_rows
from kerneldojo.store.tables import FORMATS, Format, Kind, Table, write_table

if TYPE_CHECKING:
    from kerneldojo.store.run import Run

SOURCES = ("problem_source", "problem_licence", "solution_source")
"""Columns beyond those of the data frame, in all formats but CSV."""
_COUNTED = {"status": "status", "problem_licence": "licence of the problem"}


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
    columns: dict[str, Kind] = {
        name: [str] if kind is list else kind for name, kind in COLUMNS.items()
    }
    if (format or FORMATS.get(Path(path).suffix)) == "csv":
        flat = (row for run in runs for row in table_rows(run))
        return write_table(Table("evaluations", columns, flat, str), path, format)
    card = DatasetCard(
        runs, "Evaluations of kernels", "verdicts", "evaluations", COLUMN_MEANINGS, _COUNTED
    )
    rows = card.counted(row for run in runs for row in _with_sources(run))
    table = Table("evaluations", columns | dict.fromkeys(SOURCES, str), rows, card.text)
    return write_table(table, path, format)


def _with_sources(run: Run) -> Iterator[dict[str, Any]]:
    problems, solutions = run.problems(), run.solutions()
    for row in table_rows(run):
        problem = problems.get(row["problem_digest"])
        solution = solutions.get(row["solution_digest"])
        row["problem_source"] = problem.source if problem else None
        row["problem_licence"] = problem.licence if problem else None
        row["solution_source"] = solution.source if solution else None
        yield row
