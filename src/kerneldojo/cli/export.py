"""`kerneldojo export`: write runs as a table for use elsewhere."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kerneldojo.store import Run
from kerneldojo.store import export as export_runs
from kerneldojo.wording import plural


class Format(StrEnum):
    """The formats of `--format`."""

    CSV = "csv"
    PARQUET = "parquet"
    DATASETS = "datasets"


RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Directories of runs.")]
Target = Annotated[
    Path,
    typer.Option(
        "-o", "--out", metavar="PATH", help="FILE.csv, FILE.parquet or a new directory (datasets)."
    ),
]
Chosen = Annotated[
    Format | None,
    typer.Option("--format", help="What to write, if the name of PATH does not say it."),
]


def export(runs: RunPaths, out: Target, format: Chosen = None) -> None:
    """Write one row for each evaluated entry of some runs: CSV, Parquet or Hugging Face datasets.

    Parquet and datasets also hold the sources; they need the extra named data.
    """
    opened = [Run.open(run) for run in runs]
    count = export_runs(opened, out, format.value if format else None)
    for run in opened:
        for bad in run.bad_lines:
            print(f"kerneldojo: passed over {bad}", file=sys.stderr)
    print(f"{plural(count, 'row')} written to {out}", file=sys.stderr)
