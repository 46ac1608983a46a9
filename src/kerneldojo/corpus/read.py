"""Trajectories read back from where they were exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerneldojo.corpus.trajectories import trajectory_of
from kerneldojo.errors import UsageError
from kerneldojo.records import Trajectory
from kerneldojo.store.extras import need

_BATCH_ROWS = 16


def read_trajectories(path: str | Path) -> Iterator[Trajectory]:
    """Yield the trajectories of an export, the very records that were exported.

    Args:
        path: FILE.jsonl, FILE.parquet, or the directory of a `datasets` export.

    Raises:
        UsageError: if there is no such export, or a package that is needed is not installed.
    """
    path = Path(path)
    if path.is_dir():
        path = path / "data" / "trajectories.parquet"
    if not path.is_file():
        raise UsageError(f"{path} is not there. Name an export of trajectories.")
    rows = _json_lines(path) if path.suffix == ".jsonl" else _parquet(path)
    for number, row in enumerate(rows, 1):
        try:
            yield trajectory_of(row)
        except ValueError as error:
            raise UsageError(f"{path}, row {number}: {error}") from error


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}:{number}: {error}") from error


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    parquet = need("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(path)
    except need("pyarrow").ArrowInvalid as error:
        raise UsageError(f"{path} is no Parquet file: {error}") from error
    for batch in file.iter_batches(_BATCH_ROWS):
        yield from batch.to_pylist()
