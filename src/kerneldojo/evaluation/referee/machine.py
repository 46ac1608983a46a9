"""What this machine can do at best: bandwidth and arithmetic, measured once."""

from __future__ import annotations

import contextlib
import functools
import re
import time
from collections.abc import Callable
from pathlib import Path

import torch

_DEFAULT_CACHE = 32 << 20
_LEAST_SWEEP, _MOST_SWEEP = 32 << 20, 128 << 20


@functools.cache
def last_level_cache() -> int:
    """Return the size of the largest CPU cache in bytes."""
    sizes = []
    for path in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size"):
        with contextlib.suppress(OSError):
            match = re.fullmatch(r"(\d+)([KMG]?)", path.read_text().strip())
            if match:
                scale = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}[match[2]]
                sizes.append(int(match[1]) * scale)
    return max(sizes, default=_DEFAULT_CACHE)


class CacheSweep:
    """Pushes everything else out of the CPU's caches."""

    def __init__(self) -> None:
        size = min(max(2 * last_level_cache(), _LEAST_SWEEP), _MOST_SWEEP)
        self._buffer = torch.zeros(size // 8, dtype=torch.int64)

    def __call__(self) -> None:
        """Sweep once."""
        self._buffer.add_(1)


@functools.cache
def bandwidth() -> float:
    """Return the best memory bandwidth seen here, in bytes per second (reads plus writes)."""
    source = torch.ones(10 << 20, dtype=torch.float32)
    target = torch.empty_like(source)
    return 2 * source.numel() * 4 / _best(lambda: target.copy_(source))


@functools.cache
def arithmetic() -> float:
    """Return the best float32 arithmetic seen here, in operations per second."""
    size = 768
    left, right = torch.ones(size, size), torch.ones(size, size)
    return 2 * size**3 / _best(lambda: torch.mm(left, right))


def _best(work: Callable[[], object], repeats: int = 7) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
