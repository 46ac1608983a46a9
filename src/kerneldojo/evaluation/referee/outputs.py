"""Reads what a frozen player declared to be its outputs out of that player's memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee.fault import failed, hacked
from kerneldojo.evaluation.sandbox import kernel
from kerneldojo.records import FindingKind, Status

_MOST_DIMENSIONS = 32
_SLACK = 16
_LEAST_ROOM = 64 << 20
"""Bytes that outputs may span together: a multiple of the reference's, at least this much."""


@dataclass(frozen=True)
class Output:
    """One leaf of the outputs, read and contiguous; scalars come as they are."""

    path: str
    value: torch.Tensor | float | int | bool | str | None
    address: int = 0
    span: int = 0
    overlapping: bool = False


def read(pid: int, node: Any, largest: int) -> tuple[Any, list[Output]]:
    """Return the containers' shape and all leaves.

    `largest` bounds the bytes read: the reference's own total with some slack.

    Raises:
        SolutionFault: if the description is malformed, points to unreadable memory or to
            far more of it than the reference's outputs take.
    """
    room = max(_SLACK * largest, _LEAST_ROOM)
    outputs: list[Output] = []
    try:
        for path, leaf in tree.node_leaves(node):
            outputs.append(_leaf(pid, path, leaf, room))
            room -= outputs[-1].span
        return tree.node_shape(node), outputs
    except (ValueError, TypeError, KeyError, OverflowError, RuntimeError) as error:
        what = f"a description of outputs that makes no sense: {str(error)[:400]}"
        raise hacked(FindingKind.FORGED_MESSAGE, what) from error


def in_order(outputs: list[Output], paths: list[str]) -> list[Output]:
    """Return outputs in the order of `paths`: the items of a dict may come in any order.

    Outputs that are not those of `paths` are returned as they are, to be refused later.
    """
    named = {output.path: output for output in outputs}
    if len(named) != len(outputs) or named.keys() != set(paths):
        return outputs
    return [named[path] for path in paths]


def _leaf(pid: int, path: str, node: tree.Node, room: int) -> Output:
    if node["k"] == "float":
        return Output(path, float(node["v"]))
    if node["k"] == "value":
        value = node["v"]
        if value is not None and not isinstance(value, (bool, int, str)):
            raise ValueError(f"{path}: not a plain value")
        return Output(path, value)
    dtype = tree.DTYPES[node["dtype"]]
    shape = _integers(node["shape"], path)
    stride = _integers(node["stride"], path)
    (address,) = _integers([node["address"]], path)
    if len(shape) != len(stride) or len(shape) > _MOST_DIMENSIONS:
        raise ValueError(f"{path}: {len(shape)} sizes with {len(stride)} strides")
    count = math.prod(shape)
    if count == 0:
        return Output(path, torch.empty(shape, dtype=dtype))
    span = 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
    if max(count, span) * dtype.itemsize > room:
        raise failed(
            Status.WRONG_SHAPE,
            "TooLarge",
            f"{path[:200]} has shape {tuple(shape)} and spans {span * dtype.itemsize} bytes of "
            "memory, far more than the reference's output",
        )
    flat = torch.empty(span, dtype=dtype)
    try:
        kernel.read_process_memory(pid, address, flat.data_ptr(), span * dtype.itemsize)
    except OSError as error:
        raise ValueError(f"{path}: its memory cannot be read ({error.strerror})") from error
    return Output(
        path,
        flat.as_strided(shape, stride).contiguous(),
        address,
        span * dtype.itemsize,
        _overlaps(shape, stride),
    )


def _integers(values: Any, path: str) -> list[int]:
    if not isinstance(values, list) or not all(
        isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62
        for value in values
    ):
        raise ValueError(f"{path}: sizes, strides and addresses must be whole numbers")
    return values


def _overlaps(shape: list[int], stride: list[int]) -> bool:
    """Whether two indices may name one place in memory."""
    reach = 1
    for step, size in sorted(zip(stride, shape, strict=True)):
        if size > 1:
            if step < reach:
                return True
            reach += (size - 1) * step
    return False
