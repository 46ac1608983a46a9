"""Write problems to files that every source of this package, and others, can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kerneldojo.errors import UsageError
from kerneldojo.problems.metadata import read_metadata
from kerneldojo.problems.syntax import constants, parse
from kerneldojo.records import Problem

_UNSAFE = re.compile(r"[^\w.@+-]")


def export_problems(problems: Sequence[Problem], out: str | Path) -> Path:
    """Write problems to a folder of files, or to one `.jsonl` or `.parquet` table.

    Every file and every row holds the whole reference in KernelBench's format, metadata
    included, so that reading it back gives the same problem.

    Args:
        problems: what to write, under names that are all different.
        out: a folder, made if need be; or a file whose name ends in `.jsonl` or `.parquet`.

    Raises:
        UsageError: if nothing can be written there, two names would make one file, or
            Parquet is asked for without `pyarrow`.
    """
    out = Path(out)
    try:
        if out.suffix == ".jsonl":
            out.parent.mkdir(parents=True, exist_ok=True)
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in _rows(problems))
            out.write_text("".join(lines), encoding="utf-8")
        elif out.suffix == ".parquet":
            _write_parquet(problems, out)
        else:
            _write_files(problems, out)
    except OSError as error:
        raise UsageError(f"cannot write to {out}: {error.strerror or error}.") from None
    return out


def reference_text(problem: Problem) -> str:
    """Return the problem as one file: its source, with all its metadata in it."""
    source, metadata = problem.source, problem.metadata
    if metadata == read_metadata(source, problem.name):
        return source
    values = metadata.model_dump(mode="json", exclude_defaults=True)
    text = f"METADATA = {values!r}\n"
    if "METADATA" not in constants(parse(source, problem.name)):
        return f"{source.rstrip()}\n\n\n{text}"
    # The last assignment decides what is read.
    return f"{source.rstrip()}\n\n\n# What has been changed since the file was written.\n{text}"


def _rows(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "name": problem.name,
            "level": problem.metadata.level,
            "description": problem.metadata.description,
            "tags": list(problem.metadata.tags),
            "licence": problem.licence,
            "code": reference_text(problem),
        }
        for problem in problems
    ]


def _write_parquet(problems: Sequence[Problem], out: Path) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            f"writing {out} takes pyarrow, which is not installed: pip install 'kerneldojo[data]'"
        ) from None
    text, words = pyarrow.string(), pyarrow.list_(pyarrow.string())
    columns = {"name": text, "level": pyarrow.int64(), "description": text, "tags": words}
    schema = pyarrow.schema([*columns.items(), ("licence", text), ("code", text)])
    out.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(_rows(problems), schema=schema), out)


def _write_files(problems: Sequence[Problem], out: Path) -> None:
    paths: dict[Path, str] = {}
    for problem in problems:
        path = out / f"{_relative(problem.name)}.py"
        other = paths.setdefault(path, problem.name)
        if other != problem.name:
            raise UsageError(f"{problem.name!r} and {other!r} would both be written to {path}.")
    for problem, path in zip(problems, paths, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(reference_text(problem), encoding="utf-8")


def _relative(name: str) -> str:
    """Return a path that stays inside the folder, whatever the name."""
    parts = [_UNSAFE.sub("_", part) for part in name.split("/")]
    return "/".join("_" if part.strip(".") == "" else part for part in parts)
