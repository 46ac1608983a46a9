"""`kerneldojo report`: figures, charts and cards of runs, side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Directories of runs.")]
Target = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        metavar="PATH",
        help="FILE.html, FILE.md, FILE.csv, FILE.json, or a directory for one of each.",
    ),
]
Title = Annotated[
    str | None,
    typer.Option("--title", help="What stands on top; the names of the runs if left out."),
]
MaxMb = Annotated[
    float,
    typer.Option(
        "--max-mb",
        metavar="MB",
        help="Size of an HTML report: details and sources that find no room are left out.",
    ),
]


def report(
    runs: RunPaths, out: Target = Path("report.html"), title: Title = None, max_mb: MaxMb = 5.0
) -> None:
    """Write a report on one or several runs; all others are compared with the first.

    The HTML report is one file that needs no network; writing one needs the extra `report`.
    """
    from kerneldojo.reporting import report as write_report
    from kerneldojo.store import Run

    opened = [Run.open(run) for run in runs]
    files = write_report(opened, out, title=title, max_mb=max_mb)
    for run in opened:
        for bad in run.bad_lines:
            print(f"kerneldojo: passed over {bad}", file=sys.stderr)
    for file in files:
        print(f"{file}  {file.stat().st_size / 1e6:.2f} MB", file=sys.stderr)
