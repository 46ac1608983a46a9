"""From the text of a reference to a `Problem`, without running it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kerneldojo.errors import InvalidProblem, ProblemNotFound
from kerneldojo.problems.metadata import NAME as METADATA
from kerneldojo.problems.metadata import metadata_of, read_metadata
from kerneldojo.problems.specialise import specialise
from kerneldojo.problems.syntax import bound_names, plainly_assigned, sole_assignment
from kerneldojo.records import Problem, ProblemMetadata

MAX_BYTES = 1_000_000
"""Largest reference accepted."""

_NONE = ProblemMetadata()

NEEDED = ("Model", "get_inputs")


def from_file(path: Path, name: str, licence: str, **facts: Any) -> Problem:
    """Return the problem in a KernelBench-format file; `facts` as in `from_text`.

    Raises:
        ProblemNotFound: if there is no such file.
        InvalidProblem: if the file is not a KernelBench-format reference.
    """
    return from_text(read_text(path), name, str(path), licence, **facts)


def from_text(source: str, name: str, where: str, licence: str, **facts: Any) -> Problem:
    """Return the problem that a reference's text describes.

    Args:
        source: a file in KernelBench's format.
        name: the problem's name.
        where: its origin, for messages and for the record.
        licence: the licence it is under, or `unknown`.
        **facts: metadata (`level`, `description`, `tags`) to fill in where the file
            itself declares none.

    Raises:
        InvalidProblem: if it is not a KernelBench-format reference.
    """
    if len(source) > MAX_BYTES:
        raise InvalidProblem(f"{where}: larger than {MAX_BYTES:,} bytes")
    if not source.strip():
        raise InvalidProblem(f"{where}: the file is empty")
    bound = bound_names(source, (*NEEDED, METADATA), where)
    for needed in NEEDED:
        if needed not in bound:
            raise InvalidProblem(f"{where}: does not define {needed!r}")
    metadata = _metadata(source, where) if METADATA in bound else _NONE
    _check_workloads(source, metadata, where)
    known = {key: value for key, value in facts.items() if value and not getattr(metadata, key)}
    if known:
        metadata = metadata.model_copy(update=known)
    return Problem(name=name, source=source, origin=where, licence=licence, metadata=metadata)


def _metadata(source: str, where: str) -> ProblemMetadata:
    """Read the metadata of a file that is known to be Python: one statement, if that will do."""
    value = sole_assignment(source, METADATA)
    return read_metadata(source, where) if value is None else metadata_of(value, where)


def _check_workloads(source: str, metadata: ProblemMetadata, where: str) -> None:
    """Refuse a workload that no evaluation could use; what is obvious takes no syntax tree."""
    plain = plainly_assigned(source) if metadata.workloads else set()
    for workload in metadata.workloads:
        if not plain.issuperset(workload.constants):
            specialise(source, workload.constants, f"{where}: workload {workload.name!r}")


def read_text(path: Path) -> str:
    """Return a file's text with plain newlines.

    Raises:
        ProblemNotFound: if there is no such file, or it cannot be read.
        InvalidProblem: if it is too large, binary or not UTF-8.
    """
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
    if b"\0" in data:
        raise InvalidProblem(f"{path}: binary data, not Python source")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidProblem(f"{path}: not UTF-8 (byte {error.start})") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
