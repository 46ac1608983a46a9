"""Definitions and workloads of flashinfer-bench and SOL-ExecBench.

Two layouts: `definitions/**/NAME.json` beside `workloads/**/NAME.jsonl`, and folders that hold
`definition.json` beside `workload.jsonl`. The format:
https://bench.flashinfer.ai/docs/flashinfer-trace/definition. Nothing of theirs comes with this
package.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems.reference import from_text, read_text
from kerneldojo.problems.sources.base import Item, Places, trial
from kerneldojo.problems.sources.conversion import convert
from kerneldojo.records import Problem

TRACE_SET_LICENCE = "Apache-2.0"
"""What flashinfer-bench and its trace set are under."""


def is_set(folder: Path) -> bool:
    """Say whether a folder is a set of definitions."""
    return (folder / "definitions").is_dir() or any(folder.rglob("definition.json"))


def read_set(folder: Path, places: Places) -> Iterator[Item]:
    """Yield the problem made of each definition, or why none can be made."""
    inner = folder / "definitions"
    paths = inner.rglob("*.json") if inner.is_dir() else folder.rglob("definition.json")
    for path in sorted(paths):
        yield read_one(path, places)


def read_one(path: Path, places: Places) -> Item:
    """Return the problem made of a definition's file, or why none can be made."""
    return trial(partial(_load, path, places), str(path))


def _load(path: Path, places: Places) -> Problem:
    definition = _object(read_text(path), str(path))
    is_trace = "definitions" in path.parts
    licence = places.licence or (TRACE_SET_LICENCE if is_trace else "unknown")
    converted = convert(definition, _workloads(path), str(path))
    problem = from_text(converted.source, converted.name, str(path), licence)
    return problem.model_copy(update={"metadata": converted.metadata})


def _workloads(path: Path) -> list[dict[str, Any]]:
    """Return the workloads that belong to a definition; none if it has no such file."""
    for place in _places(path):
        if not place.is_file():
            continue
        found = []
        for number, line in enumerate(read_text(place).splitlines(), 1):
            if line.strip():
                row = _object(line, f"{place}: row {number}")
                found.append(row.get("workload") or row)
        return found
    return []


def _places(path: Path) -> Iterator[Path]:
    if path.name == "definition.json":
        yield path.with_name("workload.jsonl")
    yield path.with_suffix(".jsonl")
    parts = list(path.parts)
    if "definitions" in parts:
        at = len(parts) - 1 - parts[::-1].index("definitions")
        yield Path(*parts[:at], "workloads", *parts[at + 1 :]).with_suffix(".jsonl")


def _object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidProblem(f"{where}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidProblem(f"{where}: not a JSON object")
    return value
