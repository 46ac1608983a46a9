"""KernelBench's four levels, from a local clone or its data set's Parquet files.

https://github.com/ScalingIntelligence/KernelBench (MIT). Nothing of it comes with this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from kerneldojo.errors import ProblemNotFound, UsageError
from kerneldojo.problems.reference import from_file
from kerneldojo.problems.selection import Ranges
from kerneldojo.problems.sources import tables
from kerneldojo.problems.sources.base import Item, Places, Refusal, trial

LICENCE = "MIT"
REPOSITORY = "ScalingIntelligence/KernelBench"
"""Both the GitHub repository and the Hugging Face data set."""

_NAME = re.compile(r"kernelbench(?:/level(?P<level>\d+)(?:/(?P<rest>[^/]+))?)?/?")
_FILE = re.compile(r"(\d+)_.*\.py")
_ONE = re.compile(r"(\d+)_\w+")
_ALL = Ranges(((0, 10**9),))


def read(spec: str, places: Places) -> Iterator[Item]:
    """Yield `kernelbench`, one of its levels, some of its numbers, or one problem.

    Raises:
        ProblemNotFound: if the name is malformed, no clone is known, or nothing is there.
    """
    match = _NAME.fullmatch(spec)
    if match is None:
        raise ProblemNotFound(
            f"{spec!r} is not of the form 'kernelbench/level<N>/<K>'; a range such as "
            "kernelbench/level1/1-20, a level or kernelbench alone stands for several"
        )
    root = places.kernelbench
    if root is None:
        raise ProblemNotFound(
            f"{spec!r} needs a local clone of KernelBench: give its folder with --kernelbench, "
            "with the setting problems.kernelbench, or as kernelbench_root in the library. "
            f"'hf:{REPOSITORY}' downloads the data set instead"
        )
    if not root.is_dir():
        raise ProblemNotFound(f"{root}: no such folder; it should hold a clone of KernelBench")
    numbers = _numbers(match["rest"], spec)
    level = int(match["level"]) if match["level"] else None
    items = list(_items(root, level, numbers, places))
    if not items:
        raise ProblemNotFound(_nothing(root, level, match["rest"]))
    yield from items


def _as_kernelbench_runs_it(item: Item) -> Item:
    """Return a problem in training mode if that makes a difference that can be judged.

    KernelBench never leaves training mode, in which batch normalisation computes statistics; in
    evaluation mode a fresh one does nothing. Dropout draws at random there, so that no answer
    could be compared: problems with it stay in evaluation mode.
    """
    if isinstance(item, Refusal) or "BatchNorm" not in item.source or "ropout" in item.source:
        return item
    return item.model_copy(update={"metadata": item.metadata.model_copy(update={"training": True})})


def read_tables(folder: Path, places: Places) -> Iterator[Item]:
    """Yield the problems of the data set's Parquet files, under KernelBench's names."""
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise ProblemNotFound(f"{folder} holds no Parquet files")
    licensed = Places(licence=LICENCE, code_column=places.code_column)
    for path in paths:
        yield from map(_as_kernelbench_runs_it, tables.read(path, licensed, _row_name))


def _items(root: Path, level: int | None, numbers: Ranges, places: Places) -> Iterator[Item]:
    levels = _levels(root)
    if not levels and any(root.rglob("*.parquet")):
        for item in read_tables(root, places):
            if isinstance(item, Refusal) or _wanted(item.name, level, numbers):
                yield item
        return
    for number, folder in levels.items():
        if level in (None, number):
            yield from _folder(folder, number, numbers)


def _folder(folder: Path, level: int, numbers: Ranges) -> Iterator[Item]:
    files = [
        (int(match[1]), path) for path in folder.iterdir() if (match := _FILE.match(path.name))
    ]
    for number, path in sorted(files):
        if number in numbers:
            name = f"kernelbench/level{level}/{number}"
            words = " ".join(filter(None, path.stem.split("_")[1:]))
            make = partial(from_file, path, name, LICENCE, level=level, description=words)
            yield _as_kernelbench_runs_it(trial(make, str(path)))


def _levels(root: Path) -> dict[int, Path]:
    """Return the level folders of a clone, or of the folder inside it."""
    for place in (root / "KernelBench", root):
        found = {
            number: place / f"level{number}"
            for number in (1, 2, 3, 4)
            if (place / f"level{number}").is_dir()
        }
        if found:
            return found
    return {}


def _numbers(rest: str | None, spec: str) -> Ranges:
    if rest is None or rest == "*":
        return _ALL
    if match := _ONE.fullmatch(rest):
        rest = match[1]
    try:
        return Ranges.parse(rest)
    except UsageError as error:
        raise ProblemNotFound(f"{spec!r}: {error}") from None


def _nothing(root: Path, level: int | None, rest: str | None) -> str:
    levels = _levels(root)
    if not levels:
        return f"{root} holds no level1 to level4: it is not a clone of KernelBench"
    if level is not None and level not in levels:
        return f"there is no level {level} in {root}: it has {', '.join(map(str, levels))}"
    return f"no file level{level}/{rest or '*'}_*.py under {root}"


def _row_name(row: tables.Row, number: int) -> str:
    return f"kernelbench/level{row.get('level')}/{row.get('problem_id', number)}"


def _wanted(name: str, level: int | None, numbers: Ranges) -> bool:
    _, of_level, number = name.split("/")
    return (level is None or of_level == f"level{level}") and (
        numbers is _ALL or (number.isdigit() and int(number) in numbers)
    )
