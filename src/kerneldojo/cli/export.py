"""`kerneldojo export`: write runs as a table for use elsewhere."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerneldojo.errors import UsageError
from kerneldojo.store import Run
from kerneldojo.store import export as export_evaluations
from kerneldojo.wording import plural

if TYPE_CHECKING:
    from kerneldojo.corpus import Exported
    from kerneldojo.store.tables import Format as Written


class Format(StrEnum):
    """The formats of `--format`."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    DATASETS = "datasets"


class Rows(StrEnum):
    """What `--as` makes a row of."""

    EVALUATIONS = "evaluations"
    CONVERSATIONS = "conversations"
    TRAJECTORIES = "trajectories"


RunPaths = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Directories of runs.")]
Target = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        metavar="PATH",
        help="FILE.csv, FILE.jsonl, FILE.parquet or a new directory (datasets).",
    ),
]
Chosen = Annotated[
    Format | None,
    typer.Option("--format", help="What to write, if the name of PATH does not say it."),
]
As = Annotated[
    Rows,
    typer.Option(
        "--as",
        help="What a row is: a verdict, a conversation to learn from, or a whole trajectory.",
    ),
]
Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="FILTER",
        help="Which trajectories: correct, honest, ended, speedup=1.2, coverage=0.5, "
        "improving[=each], distinct[=near], per-problem=4, answer=last; may be repeated.",
    ),
]
Thinking = Annotated[
    bool, typer.Option("--thinking", help="Let conversations end with the model's thinking, too.")
]


def export(
    runs: RunPaths,
    out: Target,
    rows: As = Rows.EVALUATIONS,
    keep: Filters = None,
    thinking: Thinking = False,
    format: Chosen = None,
) -> None:
    """Write runs for use elsewhere: verdicts as a table, or dialogues as training data.

    All formats but CSV also hold the sources. Parquet and datasets need the extra named data.
    """
    if rows is Rows.EVALUATIONS and keep:
        raise UsageError("--keep chooses trajectories; add --as conversations or trajectories.")
    if rows is not Rows.CONVERSATIONS and thinking:
        raise UsageError("--thinking is about conversations; add --as conversations.")
    opened = [Run.open(run) for run in runs]
    chosen: Written | None = format.value if format else None
    if rows is Rows.EVALUATIONS:
        count = export_evaluations(opened, out, chosen)
    else:
        # comes with all that dialogues need, and a table of verdicts does without
        from kerneldojo.corpus import Keep, export_conversations, export_trajectories

        wanted = Keep.parse(keep) if keep else None
        if rows is Rows.CONVERSATIONS:
            exported = export_conversations(opened, out, wanted, thinking=thinking, format=chosen)
        else:
            exported = export_trajectories(opened, out, wanted, format=chosen)
        count = exported.rows
        _tell(exported)
    for run in opened:
        for bad in run.bad_lines:
            print(f"kerneldojo: passed over {bad}", file=sys.stderr)
    print(f"{plural(count, 'row')} written to {out}", file=sys.stderr)


def _tell(exported: Exported) -> None:
    """Say which filter dropped how many trajectories."""
    selection = exported.selection
    kept = f"{len(selection.kept):,} of {plural(selection.seen, 'trajectory', 'trajectories')} kept"
    dropped = ", ".join(f"{count:,} {name}" for name, count in selection.dropped.items())
    print(f"{kept}; dropped by filter: {dropped}" if dropped else kept, file=sys.stderr)
