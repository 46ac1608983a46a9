"""The page that goes with an exported dataset."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
"""What each column of an export of evaluations holds; docs/runs.md has the same words."""


class DatasetCard:
    """The README of a dataset: metadata for the Hub, contents, columns, licences.

    Args:
        runs: the runs in it.
        title: of the page.
        unit: what a row is, in the plural.
        name: of the file in `data`, without suffix.
        meanings: what each column holds.
        columns: those whose values are counted, and what the counts are called.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        title: str,
        unit: str,
        name: str,
        meanings: Mapping[str, str],
        columns: Mapping[str, str],
    ) -> None:
        self._runs = runs
        self._title, self._unit, self._name = title, unit, name
        self._meanings = meanings
        self._columns = columns
        self._counts: dict[str, Counter[str]] = {column: Counter() for column in columns}
        self._rows = 0

    def counted(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows as they are, and take note of them."""
        for row in rows:
            self._rows += 1
            for column, counts in self._counts.items():
                counts[row[column] or "unknown"] += 1
            yield row

    def text(self) -> str:
        """Return the page, once all rows have been counted."""
        lines = [
            "---",
            "license: other",
            "tags: [kernels, code, benchmark, kerneldojo]",
            "configs:",
            "- config_name: default",
            f"  data_files: [{{split: train, path: data/{self._name}.parquet}}]",
            "---",
            "",
            f"# {self._title}",
            "",
            f"{self._rows:,} {self._unit}, written by KernelDojo {kerneldojo.__version__}.",
            "",
            "`datasets.load_dataset` of this folder reads the Parquet file in `data`;",
            "`datasets.load_from_disk` of its folder `arrow` reads the Arrow copy.",
            "",
            "| run | kind | begun | kerneldojo | id |",
            "|---|---|---|---|---|",
        ]
        for run in self._runs:
            info = run.info
            cells = (run.path.name, run.kind, f"{info.created_at:%Y-%m-%d}", info.kerneldojo)
            lines.append(f"| {' | '.join(cells)} | {info.id} |")
        for column, words in self._columns.items():
            lines += ["", f"| {words} | rows |", "|---|---|"]
            lines += [f"| {name} | {count:,} |" for name, count in self._most(column)]
        lines += ["", "The solutions' licence is whatever their authors gave them.", ""]
        lines += ["| column | meaning |", "|---|---|"]
        lines += [f"| `{name}` | {meaning} |" for name, meaning in self._meanings.items()]
        return "\n".join(lines) + "\n"

    def _most(self, column: str) -> list[tuple[str, int]]:
        return self._counts[column].most_common()
