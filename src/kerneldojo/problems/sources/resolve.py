"""From a name, a pattern or a path to the source it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from kerneldojo.errors import ProblemNotFound, did_you_mean
from kerneldojo.problems.sources import bundled, files, generated, hub, kernelbench
from kerneldojo.problems.sources.base import Item, Places
from kerneldojo.records import Problem

FAMILIES = ("suite", "kernelbench", "generated")


def read(spec: str | Path, places: Places) -> Iterator[Item]:
    """Yield what a source string stands for; docs/problems.md lists the forms.

    `SOURCE::PATTERN` keeps those whose name matches, e.g. `tasks.jsonl::relu*`.

    Raises:
        ProblemNotFound: if nothing is there; the message carries the nearest name.
        UsageError: if an optional package is not installed.
    """
    text = str(spec)
    place, colons, pattern = text.partition("::")
    if isinstance(spec, Path) or not colons or Path(text).exists():
        yield from _read(spec, places)
        return
    names: list[str] = []
    found = False
    for item in _read(place, places):
        if not isinstance(item, Problem):
            continue
        names.append(item.name)
        if item.name == pattern or fnmatchcase(item.name, pattern):
            found = True
            yield item
    if not found:
        hint = did_you_mean(pattern, names)
        raise ProblemNotFound(f"{place} holds no problem named {pattern!r}.{hint}")


def _read(spec: str | Path, places: Places) -> Iterator[Item]:
    name = str(spec)
    if isinstance(spec, Path):
        return files.read(spec, places)
    family = name.partition("/")[0]
    if family == "suite":
        return bundled.read(name)
    if family == "kernelbench":
        return kernelbench.read(name, places)
    if family == "generated":
        return generated.read(name)
    if name.startswith("hf:"):
        return hub.read(name, places)
    if _is_path(name):
        return files.read(Path(name), places)
    hint = bundled.nearest(name) or did_you_mean(family, list(FAMILIES))
    raise ProblemNotFound(f"no problem named {name!r}.{hint}")


def _is_path(name: str) -> bool:
    try:
        return name.endswith((*files.KINDS, ".json", "/")) or (bool(name) and Path(name).exists())
    except (OSError, ValueError):
        return False
