"""A report on runs, in the format that its path asks for."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Sequence
from pathlib import Path

from kerneldojo.errors import StoreError, UsageError
from kerneldojo.reporting import documents
from kerneldojo.reporting.gather import gather
from kerneldojo.reporting.page import page
from kerneldojo.reporting.reading import Environments, read
from kerneldojo.store import Run, export, write_whole

SUFFIXES = (".html", ".md", ".csv", ".json")
MAX_MB = 5.0


def report(
    runs: Sequence[Run | str | Path],
    path: str | Path,
    *,
    title: str | None = None,
    max_mb: float = MAX_MB,
) -> list[Path]:
    """Write a report on one or several runs.

    Args:
        runs: runs or their directories. All others are compared with the first.
        path: a file that ends in `.html`, `.md`, `.csv` or `.json`, or a directory, which gets
            one of each.
        title: what stands on top; the names of the runs' directories if left out.
        max_mb: size of an HTML report in megabytes. Cards and sources that find no room are left
            out, and the page says so; text, charts and the table of all outcomes never are.

    Returns:
        The files that were written.

    Raises:
        UsageError: if there is no run, a directory is none, the format is unknown, or a library
            that HTML needs is not installed.
        StoreError: if a run cannot be read or nothing can be written there.
    """
    path = Path(path)
    files = _files(path)
    if not max_mb > 0:
        raise UsageError(f"max_mb = {max_mb}: a size in megabytes above 0 is needed, e.g. 5.")
    opened = [run if isinstance(run, Run) else Run.open(run) for run in runs]
    with _collection_paused():
        environments = Environments()
        readings = read(opened, environments)
        content = gather(readings, title)
        for file in files:
            if file.suffix == ".html":
                _write(file, page(content, readings, environments, max_mb))
            elif file.suffix == ".md":
                _write(file, documents.markdown(content))
            elif file.suffix == ".csv":
                export(opened, file)
            else:
                _write(file, documents.document(content))
    return files


@contextlib.contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep Python from looking for cycles: there are none, and the search takes a fifth longer."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _files(path: Path) -> list[Path]:
    if path.suffix in SUFFIXES and not path.is_dir():
        return [path]
    if path.suffix and not path.is_dir():
        raise UsageError(
            f"{path}: a report cannot be written as {path.suffix!r}. Name a file that ends in "
            f"{', '.join(SUFFIXES)}, or a directory for all of them."
        )
    return [path / f"report{suffix}" for suffix in SUFFIXES]


def _write(file: Path, text: str) -> None:
    try:
        write_whole(file, text)
    except OSError as error:
        raise StoreError(f"cannot write {file}: {error.strerror}.") from error
