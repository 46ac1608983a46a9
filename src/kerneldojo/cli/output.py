"""Where records go: one JSON document on stdout, and a file or run directory."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Self

from kerneldojo.config import Config
from kerneldojo.errors import StoreError, UsageError
from kerneldojo.records import Entry, Evaluation, Problem, Record, Solution
from kerneldojo.store import LineWriter, Run


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

    def write(self, evaluation: Evaluation, problem: Problem, solution: Solution) -> None:
        """Write one evaluation; a run also keeps its problem and solution.

        Raises:
            OSError: if the document cannot be written.
            StoreError: if a line cannot be written.
        """
        if self._document is not None:
            _replace(self._document, evaluation.model_dump_json(indent=2) + "\n")
        if self._lines is not None:
            self._lines.append(evaluation.model_dump_json())
        if self._run is not None:
            self._run.add(problem)
            self._run.add(solution)
            self._run.add(
                Entry(
                    problem=problem.name,
                    problem_digest=problem.digest,
                    solution_digest=solution.digest,
                    origin=solution.origin,
                )
            )
            self._run.add(evaluation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._run is not None:
            self._run.close()
        if self._lines is not None:
            self._lines.close()


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
