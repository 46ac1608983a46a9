"""Files and folders of the user's own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems.reference import from_file
from kerneldojo.problems.sources import definitions, tables
from kerneldojo.problems.sources.base import Item, Places, Refusal, trial

_DIGITS = re.compile(r"([0-9]+)")

KINDS = (".py", *tables.SUFFIXES)


def read(path: Path, places: Places) -> Iterator[Item]:
    """Yield the problems of a file or a folder.

    A folder is either a set of definitions (definitions.py) or a tree of reference files
    and tables; hidden folders and `__pycache__` are passed over.

    Raises:
        ProblemNotFound: if there is nothing there that could hold a problem.
    """
    if path.is_dir():
        yield from _read_folder(path, places)
    elif not path.is_file():  # a FIFO or device would never end
        problem = "not a regular file" if path.exists() else "no such file"
        raise ProblemNotFound(f"{path}: {problem}")
    else:
        yield from _read_file(path, path.stem, places)


def _read_folder(folder: Path, places: Places) -> Iterator[Item]:
    if definitions.is_set(folder):
        yield from definitions.read_set(folder, places)
        return
    found = sorted(_walk(folder), key=_natural)
    if not found:
        raise ProblemNotFound(
            f"{folder} holds no problems. A folder of problems holds "
            f"{', '.join(KINDS)} files, or definitions and workloads."
        )
    for inner in found:
        path = folder / inner
        try:
            yield from _read_file(path, os.path.splitext(inner)[0], places)
        except (ProblemNotFound, UsageError) as error:
            yield Refusal(str(path), str(error).removeprefix(f"{path}: "))


def _read_file(path: Path, name: str, places: Places) -> Iterator[Item]:
    if path.suffix == ".json":
        yield definitions.read_one(path, places)
    elif path.suffix in tables.SUFFIXES:
        yield from tables.read(path, places, table=name)
    else:
        licence = places.licence or "unknown"
        yield trial(partial(from_file, path, name, licence), str(path))


def _natural(path: str) -> list[str | int]:
    """Sort numbers in names as numbers: `2_x` before `10_x`."""
    return [int(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(path))]


def _walk(root: Path) -> Iterator[str]:
    """Yield the files that may hold problems, as paths inside the folder."""
    start = len(os.path.join(root, ""))
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".") and name != "__pycache__"]
        for name in names:
            if name.endswith(KINDS) and not name.startswith("."):
                yield os.path.join(folder, name)[start:]
