"""The suite that comes with the package: `suite`, `suite/norm`, `suite/norm/*`."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from kerneldojo.errors import ProblemNotFound, did_you_mean
from kerneldojo.problems.reference import from_file
from kerneldojo.problems.sources.base import Item

SUITE = Path(__file__).parents[1] / "suite"
LICENCE = "Apache-2.0"


@cache
def names() -> dict[str, Path]:
    """Return the names of the bundled problems, sorted, and their files."""
    found = {f"suite/{path.parent.name}/{path.stem}": path for path in SUITE.glob("*/*.py")}
    return dict(sorted(found.items()))


def read(spec: str) -> Iterator[Item]:
    """Yield the problems that a name, a family or a pattern stands for.

    Raises:
        ProblemNotFound: if that is none; the message carries the nearest name.
    """
    known = names()
    chosen = [
        name
        for name in known
        if name == spec or name.startswith(spec.rstrip("/") + "/") or fnmatchcase(name, spec)
    ]
    if not chosen:
        raise ProblemNotFound(f"no problem named {spec!r}.{nearest(spec)}")
    for name in chosen:
        yield from_file(known[name], name, LICENCE)


def nearest(word: str) -> str:
    """Return `" Did you mean …?"` for the nearest bundled name or family, or nothing."""
    same = [name for name in names() if name.rpartition("/")[2] == word]
    if same:
        return f" Did you mean {same[0]!r}?"
    families = sorted({name.rpartition("/")[0] for name in names()})
    # The shared prefix lets a bare `swich` find its full name.
    full = f"suite/{word.removeprefix('suite/')}"
    return did_you_mean(full, list(names())) or did_you_mean(full, families)
