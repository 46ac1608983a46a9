"""Nested arguments and outputs as plain data, with tensors as places in memory.

    tensor  {"k": "tensor", "dtype", "shape", "stride", "offset", "bytes", "grad"}
    others  {"k": "tuple" | "list" | "dict" | "value" | "float" | "dtype" | "device"}

The referee writes tensors into an arena of shared memory and sends this description; the
player maps the same arena. What comes back carries addresses instead of offsets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

Node = dict[str, Any]
TensorCoder = Callable[[torch.Tensor], Node]
TensorMaker = Callable[[Node], torch.Tensor]

DTYPES: dict[str, torch.dtype] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.float8_e4m3fn,
        torch.float8_e5m2,
        torch.int64,
        torch.int32,
        torch.int16,
        torch.int8,
        torch.uint8,
        torch.uint16,
        torch.uint32,
        torch.uint64,
        torch.bool,
        torch.complex64,
        torch.complex128,
    )
}
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_MOST_NODES = 100_000


class Untransportable(Exception):
    """A value that cannot cross the border as plain data; says which."""


def dtype_name(dtype: torch.dtype) -> str:
    """Return the short name of a dtype; raises Untransportable for exotic ones."""
    try:
        return _NAMES[dtype]
    except KeyError:
        raise Untransportable(f"dtype {dtype}") from None


def encode(value: Any, tensor: TensorCoder, path: str = "") -> Node:
    """Describe a nested value.

    Raises:
        Untransportable: for a type that is neither a tensor nor plain data.
    """
    if isinstance(value, torch.Tensor):
        return tensor(value)
    if isinstance(value, float):
        return {"k": "float", "v": repr(float(value))}
    if value is None or isinstance(value, (bool, int, str)):
        return {"k": "value", "v": value}
    if isinstance(value, dict):
        items = [[key, encode(item, tensor, f"{path}[{key!r}]")] for key, item in value.items()]
        if not all(isinstance(key, (str, int)) for key, _ in items):
            raise Untransportable(f"a dict key at {path or 'the top'} is neither str nor int")
        return {"k": "dict", "v": items}
    if isinstance(value, (list, tuple, torch.Size)):
        kind = "list" if isinstance(value, list) else "tuple"
        nodes = [encode(item, tensor, f"{path}[{index}]") for index, item in enumerate(value)]
        return {"k": kind, "v": nodes}
    if isinstance(value, torch.dtype):
        return {"k": "dtype", "v": dtype_name(value)}
    if isinstance(value, torch.device):
        return {"k": "device", "v": value.type}
    raise Untransportable(
        f"{type(value).__module__}.{type(value).__qualname__} at {path or 'top'}, which cannot be "
        "passed on; tensors, numbers, texts, lists, tuples, dicts, dtypes and devices can"
    )


def decode(node: Node, tensor: TensorMaker, device: torch.device) -> Any:
    """Rebuild a nested value from a trusted description."""
    kind, value = node["k"], node.get("v")
    if kind == "tensor":
        return tensor(node)
    if kind == "float":
        return float(value)  # type: ignore[arg-type]
    if kind == "value":
        return value
    if kind == "dict":
        return {key: decode(item, tensor, device) for key, item in value}  # type: ignore[union-attr]
    if kind in ("list", "tuple"):
        items = [decode(item, tensor, device) for item in value]  # type: ignore[union-attr]
        return items if kind == "list" else tuple(items)
    if kind == "dtype":
        return DTYPES[str(value)]
    return device


def leaves(value: Any, path: str = "output") -> Iterator[tuple[str, Any]]:
    """Yield every leaf of a nested value with its path, in a fixed order."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def node_leaves(node: Any, path: str = "output") -> list[tuple[str, Node]]:
    """Flatten an untrusted description; raises ValueError where it is malformed."""
    found: list[tuple[str, Node]] = []
    stack: list[tuple[str, Any]] = [(path, node)]
    while stack:
        where, current = stack.pop()
        if not isinstance(current, dict) or not isinstance(current.get("k"), str):
            raise ValueError(f"{where}: not a node")
        kind, value = current["k"], current.get("v")
        if kind in ("list", "tuple", "dict"):
            if not isinstance(value, list) or len(found) + len(stack) + len(value) > _MOST_NODES:
                raise ValueError(f"{where}: not a bounded {kind}")
            children = []
            for index, item in enumerate(value):
                if kind == "dict":
                    if not (isinstance(item, list) and len(item) == 2):
                        raise ValueError(f"{where}: not a dict item")
                    children.append((f"{where}[{item[0]!r}]", item[1]))
                else:
                    children.append((f"{where}[{index}]", item))
            stack.extend(reversed(children))
        elif kind in ("tensor", "float", "value"):
            found.append((where, current))
        else:
            raise ValueError(f"{where}: unknown kind {kind[:20]!r}")
    return found


def shape_of(node_or_value: Any) -> Any:
    """Return a nested value's containers with leaves blanked, for comparing structures."""
    if isinstance(node_or_value, dict):
        return {key: shape_of(item) for key, item in node_or_value.items()}
    if isinstance(node_or_value, (list, tuple)):
        return [shape_of(item) for item in node_or_value]
    return None


def node_shape(node: Node) -> Any:
    """Return a description's containers with leaves blanked (see `shape_of`)."""
    if node["k"] == "dict":
        return {key: node_shape(item) for key, item in node["v"]}
    if node["k"] in ("list", "tuple"):
        return [node_shape(item) for item in node["v"]]
    return None
