"""Where records go: one JSON document on stdout, and a file or run directory."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from kerneldojo.config import Config
from kerneldojo.errors import StoreError, UsageError
from kerneldojo.records import Entry, Evaluation, Problem, Record, Solution
from kerneldojo.store import LineWriter, Run, write_whole


def print_json(document: Record | dict[str, Any] | list[Any]) -> None:
    """Write one JSON document as one line to stdout."""
    text = document.model_dump_json() if isinstance(document, Record) else json.dumps(document)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Recorder:
    """Writes evaluations to `--out`: a `.json` file, a `.jsonl` file or a run directory.

    Lines and runs only ever grow; a run takes further evaluations with the same settings.
    """

    def __init__(self, out: Path | None, config: Config, expected: int = 1) -> None:
        """Prepare the destination before anything runs.

        Raises:
            UsageError: if nothing can be written there, or a run of other settings is there.
        """
        self._lines: LineWriter | None = None
        self._document: Path | None = None
        self._run: Run | None = None
        if out is None:
            return
        if out.suffix not in (".json", ".jsonl") or out.is_dir():
            settings = config.evaluation.model_dump(mode="json")
            try:
                self._run = Run.resume(out, "eval", {"evaluation": settings})
            except StoreError as error:
                raise UsageError(str(error)) from None
            return
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            if not os.access(out if out.exists() else out.parent, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise UsageError(f"cannot write to {out}: {error.strerror}.") from None
        if out.suffix == ".jsonl":
            self._lines = LineWriter(out)
            return
        if expected > 1:
            raise UsageError(
                f"{out} can hold one record, but {expected} solutions were given. "
                "Use a name that ends in .jsonl, or a directory."
            )
        self._document = out

    def begin(self, problem: Problem, solutions: Sequence[Solution]) -> None:
        """Note what is asked; a run numbers a problem's answers in this order.

        Raises:
            StoreError: if a line cannot be written.
        """
        if self._run is None:
            return
        self._run.add(problem)
        for solution in solutions:
            self._run.add(solution)
            self._run.add(_entry(self._run, problem, solution))

    def write(self, evaluation: Evaluation) -> None:
        """Write one evaluation.

        Raises:
            OSError: if the document cannot be written.
            StoreError: if a line cannot be written.
        """
        if self._document is not None:
            write_whole(self._document, evaluation.model_dump_json(indent=2) + "\n")
        if self._lines is not None:
            self._lines.append(evaluation.model_dump_json())
        if self._run is not None:
            self._run.add(evaluation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._run is not None:
            self._run.close()
        if self._lines is not None:
            self._lines.close()


def _entry(run: Run, problem: Problem, solution: Solution) -> Entry:
    """Return the run's entry of a solution, or a new one with the problem's next free number."""
    asked = (problem.digest, solution.digest, solution.origin)
    before = [entry for entry in run.entries() if entry.problem == problem.name]
    for entry in before:
        if (entry.problem_digest, entry.solution_digest, entry.origin) == asked:
            return entry
    return Entry(
        problem=problem.name,
        problem_digest=problem.digest,
        solution_digest=solution.digest,
        origin=solution.origin,
        sample=max((entry.sample for entry in before), default=-1) + 1,
    )
