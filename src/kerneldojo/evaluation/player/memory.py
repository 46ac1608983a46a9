"""The player's side of the arena, and outputs described by address."""

from __future__ import annotations

import mmap
from typing import Any

import torch

from kerneldojo.evaluation import tree


class StrangeOutput(Exception):
    """An output that is not a plain dense tensor."""


class ArenaView:
    """Maps the shared memory and makes tensors in it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._size = 0
        self._map: mmap.mmap | None = None

    def tensor(self, node: tree.Node, size: int) -> torch.Tensor:
        """Return the tensor a trusted node describes, sharing the arena's memory."""
        self._remap(size)
        dtype, shape = tree.DTYPES[node["dtype"]], node["shape"]
        count = 1
        for extent in shape:
            count *= extent
        if count == 0:
            return torch.empty(shape, dtype=dtype)
        flat = torch.frombuffer(self._map, dtype=dtype, count=count, offset=node["offset"])
        tensor = flat.view(shape)
        return tensor.requires_grad_() if node["grad"] else tensor

    def _remap(self, size: int) -> None:
        if size > self._size:
            # every page is mapped now, lest page faults count as the solution's time
            self._map = mmap.mmap(self._fd, size, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE)
            self._size = size


_PLAIN = (torch.Tensor, torch.nn.Parameter)


def describe(tensor: torch.Tensor) -> tree.Node:
    """Describe an output tensor by its address.

    Raises:
        StrangeOutput: for subclasses, other layouts or devices, lazy views.
    """
    if type(tensor) not in _PLAIN:
        raise StrangeOutput(f"a {type(tensor).__qualname__} instead of a torch.Tensor")
    if tensor.layout is not torch.strided or tensor.device.type not in ("cpu", "cuda"):
        raise StrangeOutput(f"layout {tensor.layout}, device {tensor.device}")
    if tensor.is_conj() or tensor.is_neg():
        raise StrangeOutput("a lazily conjugated or negated view")
    return {
        "k": "tensor",
        "dtype": tree.dtype_name(tensor.dtype),
        "shape": list(tensor.shape),
        "stride": list(tensor.stride()),
        "address": tensor.data_ptr(),
    }


def describe_outputs(outputs: Any) -> tree.Node:
    """Describe nested outputs; raises StrangeOutput for what is not plain data."""
    if type(outputs) in _PLAIN:
        return describe(outputs)
    try:
        return tree.encode(outputs, describe)
    except tree.Untransportable as error:
        raise StrangeOutput(str(error)) from None
