"""What every source yields, and what it needs to be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kerneldojo.errors import InvalidProblem, ProblemNotFound
from kerneldojo.records import Problem


@dataclass(frozen=True)
class Refusal:
    """Something of a source that is not a usable problem."""

    where: str
    """The file, with its row or the problem's name where there are several."""
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


Item = Problem | Refusal


@dataclass(frozen=True)
class Places:
    """What a name alone does not tell."""

    kernelbench: Path | None = None
    """A clone of KernelBench, its inner folder, or a folder of its data set's Parquet files."""
    licence: str | None = None
    """The licence of what comes from files, where they do not name one themselves."""
    code_column: str | None = None
    """The column of a table that holds the reference; found out if None."""


def trial(make: Callable[[], Problem], where: str) -> Item:
    """Return what `make` makes, or why it cannot be made."""
    try:
        return make()
    except (InvalidProblem, ProblemNotFound) as error:
        return Refusal(where, str(error).removeprefix(f"{where}: "))
