"""Where records go: one JSON document on stdout, and a file or run directory."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from kerneldojo.config import Config
from kerneldojo.errors import UsageError
from kerneldojo.records import Record


def print_json(document: Record | dict[str, Any] | list[Any]) -> None:
    """Write one JSON document as one line to stdout."""
    text = document.model_dump_json() if isinstance(document, Record) else json.dumps(document)
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Recorder:
    """Writes records to `--out`: a `.json` file, a `.jsonl` file or a run directory.

    A `.jsonl` file only ever grows, by whole lines; a line torn by a crash is left behind
    as it is and ended, so that it cannot swallow the next one.
    """

    def __init__(self, out: Path | None, config: Config, expected: int = 1) -> None:
        """Prepare the destination before anything runs.

        Raises:
            UsageError: if nothing can be written there.
        """
        self._lines: Path | None = None
        self._document: Path | None = None
        if out is None:
            return
        try:
            if out.suffix == ".json" and not out.is_dir():
                if expected > 1:
                    raise UsageError(
                        f"{out} can hold one record, but {expected} solutions were given. "
                        "Use a name that ends in .jsonl, or a directory."
                    )
                out.parent.mkdir(parents=True, exist_ok=True)
                self._document = out
            elif out.suffix == ".jsonl" and not out.is_dir():
                out.parent.mkdir(parents=True, exist_ok=True)
                self._lines = out
            else:
                out.mkdir(parents=True, exist_ok=True)
                _replace(out / "config.json", config.model_dump_json(indent=2) + "\n")
                self._lines = out / "evaluations.jsonl"
            if not os.access(out if out.exists() else out.parent, os.W_OK):
                raise PermissionError(13, "Permission denied")
        except OSError as error:
            raise UsageError(f"cannot write to {out}: {error.strerror}.") from None

    def write(self, record: Record) -> None:
        """Write one record.

        Raises:
            OSError: if the disk is full or the file has become unwritable.
        """
        if self._document is not None:
            _replace(self._document, record.model_dump_json(indent=2) + "\n")
        if self._lines is not None:
            _append(self._lines, record.model_dump_json())


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _append(path: Path, line: str) -> None:
    with path.open("ab+") as file:
        torn = False
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"
        file.write(("\n" if torn else "").encode() + line.encode("utf-8") + b"\n")
