"""Find reference files by name or path and read them, without running them."""

from __future__ import annotations

import re
from pathlib import Path

from kerneldojo.errors import InvalidProblem, ProblemNotFound, did_you_mean
from kerneldojo.problems.metadata import read_metadata
from kerneldojo.problems.specialise import specialise
from kerneldojo.problems.syntax import bound_names, parse
from kerneldojo.records import Problem

MAX_BYTES = 1_000_000
"""Largest reference file accepted."""

SUITE = Path(__file__).parent / "suite"

_KERNELBENCH_NAME = re.compile(r"kernelbench/level(\d+)/(\d+)(?:_\w+)?")


def load_problem(
    name_or_path: str | Path, *, kernelbench_root: str | Path | None = None
) -> Problem:
    """Return a problem by name or from a file.

    Args:
        name_or_path: `suite/<family>/<name>` for a bundled problem,
            `kernelbench/level<N>/<K>` for one of a local KernelBench clone, or the
            path of a file in KernelBench's format.
        kernelbench_root: the clone, or the folder inside it that holds `level1` and on.

    Raises:
        ProblemNotFound: if nothing has this name; the message carries the nearest one.
        InvalidProblem: if the file is not a KernelBench-format reference.
    """
    name = str(name_or_path)
    if isinstance(name_or_path, Path) or name.endswith(".py"):
        return load_problem_file(name)
    if name.startswith("kernelbench/"):
        return _load_kernelbench(name, kernelbench_root)
    bundled = _bundled()
    if name in bundled:
        return _load(bundled[name], name=name, licence="Apache-2.0")
    if Path(name).exists():
        return load_problem_file(name)
    # The shared prefix lets a bare `swish` find its full name.
    hint = did_you_mean(f"suite/{name.removeprefix('suite/')}", list(bundled))
    raise ProblemNotFound(f"no problem named {name!r}.{hint}")


def load_problem_file(path: str | Path) -> Problem:
    """Return the problem in a KernelBench-format file, named after the file.

    Raises:
        ProblemNotFound: if there is no such file.
        InvalidProblem: if the file is not a KernelBench-format reference.
    """
    path = Path(path)
    return _load(path, name=path.stem, licence="unknown")


def list_problems() -> list[Problem]:
    """Return all bundled problems, sorted by name."""
    return [_load(path, name, "Apache-2.0") for name, path in sorted(_bundled().items())]


def _bundled() -> dict[str, Path]:
    return {f"suite/{path.parent.name}/{path.stem}": path for path in SUITE.glob("*/*.py")}


def _load_kernelbench(name: str, root: str | Path | None) -> Problem:
    match = _KERNELBENCH_NAME.fullmatch(name)
    if match is None:
        raise ProblemNotFound(f"{name!r} is not of the form 'kernelbench/level<N>/<K>'")
    if root is None:
        raise ProblemNotFound(f"{name!r} needs a local clone of KernelBench (kernelbench_root)")
    level, number = match.groups()
    if not Path(root).is_dir():
        raise ProblemNotFound(f"{root}: no such folder; it should hold a clone of KernelBench")
    for folder in (Path(root) / "KernelBench" / f"level{level}", Path(root) / f"level{level}"):
        for path in sorted(folder.glob(f"{number}_*.py")):
            return _load(path, f"kernelbench/level{level}/{number}", licence="MIT")
    raise ProblemNotFound(f"no file level{level}/{number}_*.py under {root}")


def _load(path: Path, name: str, licence: str) -> Problem:
    where = str(path)
    source = _read(path)
    bound = bound_names(parse(source, where))
    for needed in ("Model", "get_inputs"):
        if needed not in bound and "*" not in bound:
            raise InvalidProblem(f"{where}: does not define {needed!r}")
    metadata = read_metadata(source, where)
    for workload in metadata.workloads:
        specialise(source, workload.constants, f"{where}: workload {workload.name!r}")
    return Problem(name=name, source=source, origin=where, licence=licence, metadata=metadata)


def _read(path: Path) -> str:
    """Return the file's text with plain newlines."""
    try:
        if not path.is_file():  # a FIFO or device would never end
            problem = "not a regular file" if path.exists() else "no such file"
            raise ProblemNotFound(f"{path}: {problem}")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ProblemNotFound(f"{str(path)!r}: cannot be read: {error}") from error
    if len(data) > MAX_BYTES:
        raise InvalidProblem(f"{path}: larger than {MAX_BYTES:,} bytes")
    if not data.strip():
        raise InvalidProblem(f"{path}: the file is empty")
    if b"\0" in data:
        raise InvalidProblem(f"{path}: binary data, not Python source")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidProblem(f"{path}: not UTF-8 (byte {error.start})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
