"""Read `METADATA = {...}` from a reference file without running the file."""

from __future__ import annotations

import ast
from collections import Counter

from pydantic import ValidationError

from kerneldojo.errors import InvalidProblem, did_you_mean
from kerneldojo.problems.syntax import constants, parse
from kerneldojo.records import ProblemMetadata, Record, Tolerance, Workload

NAME = "METADATA"

_NESTED: dict[str, type[Record]] = {"workloads": Workload, "tolerance": Tolerance}


def read_metadata(source: str, where: str = "<memory>") -> ProblemMetadata:
    """Return the file's metadata, or the defaults if it declares none.

    Raises:
        InvalidProblem: if the file is not Python, or `METADATA` is not a literal
            dictionary of known keys with sound values.
    """
    values = constants(parse(source, where)).get(NAME)
    return metadata_of(values[-1], where) if values else ProblemMetadata()


def metadata_of(value: ast.expr, where: str) -> ProblemMetadata:
    """Return the metadata that an assignment's value states.

    Raises:
        InvalidProblem: if it is not a literal dictionary of known keys with sound values.
    """
    try:
        literal = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        raise InvalidProblem(f"{where}: METADATA must be a plain literal: {error}") from error
    if not isinstance(literal, dict):
        kind = type(literal).__name__
        raise InvalidProblem(f"{where}: METADATA must be a dictionary, not {kind}")
    try:
        metadata = ProblemMetadata.model_validate(literal)
    except ValidationError as error:
        raise InvalidProblem(f"{where}: METADATA: {_explain(error)}") from error
    _check_workload_names(metadata, where)
    return metadata


def _explain(error: ValidationError) -> str:
    """Say in one line what is wrong with the first offending key."""
    detail = error.errors(include_url=False, include_context=False)[0]
    *parents, key = detail["loc"]
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] != "extra_forbidden":
        return f"{place}: {detail['msg']}"
    record = _NESTED.get(str(parents[0]), ProblemMetadata) if parents else ProblemMetadata
    return f"unknown key {place!r}.{did_you_mean(str(key), list(record.model_fields))}"


def _check_workload_names(metadata: ProblemMetadata, where: str) -> None:
    names = [workload.name for workload in metadata.workloads]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InvalidProblem(f"{where}: METADATA: two workloads are named {twice[0]!r}")
    wanted = metadata.interpreter_workload
    if wanted is not None and wanted not in names:
        hint = did_you_mean(wanted, names)
        raise InvalidProblem(f"{where}: METADATA: no workload named {wanted!r}.{hint}")
