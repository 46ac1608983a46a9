"""Shared memory in which inputs cross from the referee to a player.

Tensors lie between guard bands of a known pattern. The referee keeps its own copy of
everything, so that afterwards it can compare inputs and bands byte for byte, whatever the
player did to them: version counters do not see what a kernel stores.
"""

from __future__ import annotations

import mmap
import os
import random
from dataclasses import dataclass, field
from typing import Any

import torch

from kerneldojo.evaluation import tree

_PAGE = mmap.PAGESIZE
_ALIGN = 64
GUARD = 4096
_PATTERN = 0xA5


@dataclass
class Placement:
    """Where one call's tensors lie: the description to send and what must stay as it is."""

    node: tree.Node
    tensors: list[tuple[int, torch.Tensor]] = field(default_factory=list)
    """(offset, the referee's own contiguous bytes)."""
    end: int = 0


class Arena:
    """A growing memfd mapped into this process."""

    def __init__(self) -> None:
        self.fd = os.memfd_create("kerneldojo-arena", os.MFD_CLOEXEC)
        self.size = 0
        self._map: mmap.mmap | None = None
        self._bytes = torch.empty(0, dtype=torch.uint8)
        self.reserve(1 << 20)

    def reserve(self, size: int) -> None:
        """Grow to at least `size` bytes; players map anew when told the new size."""
        if size <= self.size:
            return
        size = -(-size // _PAGE) * _PAGE
        os.ftruncate(self.fd, size)
        self._map = mmap.mmap(self.fd, size)
        self._bytes = torch.frombuffer(self._map, dtype=torch.uint8)
        self._bytes[self.size :] = _PATTERN
        self.size = size

    def place(self, value: Any, start: int, *, grad: bool = False) -> Placement:
        """Lay a nested value out from `start` on, without writing any bytes yet."""
        placement = Placement(node={})
        cursor = start + GUARD

        def coder(tensor: torch.Tensor) -> tree.Node:
            nonlocal cursor
            data = tensor.detach().contiguous().cpu()
            raw = data.reshape(-1).view(torch.uint8) if data.numel() else _NOTHING
            offset = -(-cursor // _ALIGN) * _ALIGN
            cursor = offset + raw.numel() + GUARD
            placement.tensors.append((offset, raw))
            return {
                "k": "tensor",
                "dtype": tree.dtype_name(tensor.dtype),
                "shape": list(tensor.shape),
                "offset": offset,
                "grad": grad and tensor.is_floating_point(),
            }

        placement.node = tree.encode(value, coder)
        placement.end = cursor + GUARD
        return placement

    def write(self, placement: Placement) -> None:
        """Put a placement's bytes and guard bands into the shared memory."""
        self.reserve(placement.end)
        for offset, raw in placement.tensors:
            end = offset + raw.numel()
            self._bytes[offset - GUARD : offset] = _PATTERN
            self._bytes[offset:end] = raw
            self._bytes[end : end + GUARD] = _PATTERN

    def disturbed(self, placement: Placement) -> tuple[bool, bool]:
        """Return whether (an input, a guard band) no longer holds what was written."""
        inputs = bands = False
        for offset, raw in placement.tensors:
            end = offset + raw.numel()
            inputs |= not _equal(self._bytes[offset:end], raw)
            gap = -(-end // _ALIGN) * _ALIGN
            for low, high in ((offset - GUARD // 2, offset), (end, gap + GUARD // 2)):
                bands |= bool((self._bytes[low:high] != _PATTERN).any())
        return inputs, bands

    def close(self) -> None:
        """Release the descriptor; the mapping goes with the last tensor on it."""
        os.close(self.fd)


def _equal(left: torch.Tensor, right: torch.Tensor) -> bool:
    """Whether two rows of bytes agree, eight at a time as far as they go."""
    if right.storage_offset() % 8:
        return torch.equal(left, right)
    words = len(left) // 8 * 8
    return torch.equal(
        left[:words].view(torch.int64), right[:words].view(torch.int64)
    ) and torch.equal(left[words:], right[words:])


_NOTHING = torch.empty(0, dtype=torch.uint8)


def random_start(size: int, rng: random.Random) -> int:
    """Return a random page-aligned start that leaves room for `size` bytes twice over."""
    return rng.randrange(0, max(1, size // _PAGE) + 16) * _PAGE
