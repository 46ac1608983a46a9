"""Runs written for use elsewhere: Parquet and CSV tables, Hugging Face `datasets` folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.store.frames import evaluations_frame

if TYPE_CHECKING:
    from kerneldojo.store.run import Run


def export(runs: Sequence[Run], path: str | Path) -> None:
    """Write one row for each entry that has been evaluated.

    Raises:
        UsageError: if the format is unknown or a package it needs is not installed.
        StoreError: if nothing can be written there.
    """
    path = Path(path)
    frame = evaluations_frame(runs)
    try:
        if path.suffix == ".csv":
            frame.to_csv(path, index=False)
        elif path.suffix == ".parquet":
            frame.to_parquet(path, index=False)
        else:
            raise UsageError(f"{path}: the format {path.suffix!r} is unknown.")
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}.") from error
