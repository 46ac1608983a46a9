"""Runs as flat tables: one row for each entry that has been evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kerneldojo.records import Entry, Outcome
from kerneldojo.store import rows
from kerneldojo.store.extras import need

if TYPE_CHECKING:
    import pandas

    from kerneldojo.store.run import Run

COLUMNS: dict[str, type] = {
    "run": str,
    "problem": str,
    "level": int,
    "family": str,
    "origin": str,
    "sample": int,
    "turn": int,
    "evaluation": str,
    "status": str,
    "speedup": float,
    "speedup_low": float,
    "speedup_high": float,
    "reference_latency_ms": float,
    "solution_latency_ms": float,
    "coverage": float,
    "findings": list,
    "target": str,
    "seconds": float,
    "language": str,
    "device": str,
    "error_type": str,
    "error_message": str,
    "created_at": datetime,
    "problem_digest": str,
    "solution_digest": str,
}
"""Name and type of each column (docs/runs.md says what they mean)."""

DTYPES = {str: "string", int: "Int64", float: "float64", datetime: "datetime64[us, UTC]"}
"""The pandas type of each; missing figures are NaN, other missing values `<NA>`."""


def table_rows(run: Run) -> Iterator[dict[str, Any]]:
    """Yield one flat row for each entry of a run that has been evaluated."""
    problems = run.problems()
    for entry, row in rows.answered(run.entries(), run.rows()):
        yield _flat(run, entry, row, rows.outcome(entry, row, problems))


def evaluations_frame(runs: Iterable[Run]) -> pandas.DataFrame:
    """Return the rows of several runs as a data frame.

    Raises:
        UsageError: if pandas is not installed.
    """
    pandas = need("pandas")
    frame = pandas.DataFrame([row for run in runs for row in table_rows(run)], columns=[*COLUMNS])
    return frame.astype({name: DTYPES[kind] for name, kind in COLUMNS.items() if kind in DTYPES})


def _flat(run: Run, entry: Entry, row: rows.Row, outcome: Outcome) -> dict[str, Any]:
    return {
        "run": str(run.path),
        **dict(outcome),
        "status": str(outcome.status),
        "findings": [str(kind) for kind in outcome.findings],
        "language": row.language,
        "device": row.environment.device,
        "error_type": row.error.type if row.error else None,
        "error_message": row.error.message if row.error else None,
        "created_at": row.created_at,
        "problem_digest": entry.problem_digest,
        "solution_digest": entry.solution_digest,
    }
