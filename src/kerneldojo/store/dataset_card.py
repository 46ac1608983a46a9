"""The page that goes with an exported dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import kerneldojo

if TYPE_CHECKING:
    from kerneldojo.store.run import Run

COLUMN_MEANINGS = {
    "run": "directory of the run",
    "problem": "name of the problem",
    "level": "level of the problem, where it has one",
    "family": "the part of the problem's name before the last",
    "origin": "where the solution came from",
    "sample": "number among the independent answers to the problem, from 0",
    "turn": "number within its trajectory, from 0",
    "evaluation": "id of the evaluation",
    "status": "the verdict",
    "speedup": "reference ÷ solution; missing unless correct and timed",
    "speedup_low": "lower end of the speedup's 95 % interval",
    "speedup_high": "upper end of it",
    "reference_latency_ms": "median time of the reference, in milliseconds",
    "solution_latency_ms": "median time of the solution, in milliseconds",
    "coverage": "share of the time in the solution's own kernels, 0 to 1",
    "findings": "kinds of all findings, each once",
    "target": "where it ran: cuda, cpu, interpreter, or compiled only",
    "seconds": "what the evaluation took",
    "language": "triton, cuda or cpp",
    "device": "name of the processor or GPU",
    "error_type": "type of the error, if any",
    "error_message": "what it says",
    "created_at": "when the verdict was reached, in Coordinated Universal Time",
    "problem_digest": "content hash of the problem",
    "solution_digest": "content hash of the solution",
    "problem_source": "the reference",
    "problem_licence": "licence of the reference",
    "solution_source": "the solution",
}
"""What each column of an export holds; docs/runs.md has the same words."""


def dataset_card(runs: Sequence[Run], rows: Sequence[dict[str, Any]]) -> str:
    """Return the README of a dataset: metadata for the Hub, contents, columns, licences.

    Args:
        runs: the runs in it.
        rows: its rows, of which `status` and `problem_licence` are counted.
    """
    statuses = Counter(row["status"] for row in rows)
    licences = Counter(row["problem_licence"] or "unknown" for row in rows)
    lines = [
        "---",
        "license: other",
        "tags: [kernels, code, benchmark, kerneldojo]",
        "configs:",
        "- config_name: default",
        "  data_files: [{split: train, path: data/evaluations.parquet}]",
        "---",
        "",
        "# Evaluations of kernels",
        "",
        f"{len(rows):,} verdicts by KernelDojo {kerneldojo.__version__} on candidate kernels.",
        "",
        "`datasets.load_dataset` of this folder reads the Parquet file in `data`;",
        "`datasets.load_from_disk` of its folder `arrow` reads the Arrow copy.",
        "",
        "| run | kind | begun | kerneldojo | id |",
        "|---|---|---|---|---|",
    ]
    for run in runs:
        info = run.info
        begun = f"{info.created_at:%Y-%m-%d}"
        lines.append(f"| {run.path.name} | {run.kind} | {begun} | {info.kerneldojo} | {info.id} |")
    lines += ["", "| status | rows |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in statuses.most_common()]
    lines += ["", "| licence of the problem | rows |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in licences.most_common()]
    lines += ["", "The solutions' licence is whatever their authors gave them.", ""]
    lines += ["| column | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in COLUMN_MEANINGS.items()]
    return "\n".join(lines) + "\n"
