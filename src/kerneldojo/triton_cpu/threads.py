"""What a launch shares with the process it runs in: its number of threads, and their memory."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
import threading


def count() -> int:
    """The threads a launch may use: as many as PyTorch's operators do, where it is loaded."""
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.get_num_threads())
    return len(os.sched_getaffinity(0))


class Scratch(threading.local):
    """Memory for the launches of one Python thread, which run one after another.

    It grows to the largest launch and is then reused: a launch allocates nothing.
    """

    def __init__(self) -> None:
        self._memory: mmap.mmap | None = None
        self._address = 0
        self._size = 0

    def reserve(self, size: int) -> int:
        """The address, aligned to a page, of at least `size` bytes."""
        if size > self._size:
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # a fork must not write its parent's
            self._memory = mmap.mmap(-1, size, flags=flags)
            self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
            self._size = size
        return self._address

    def failed_program(self) -> tuple[int, int, int]:
        """The program ids that the last failed launch left at the beginning."""
        x, y, z = (ctypes.c_int32 * 3).from_address(self._address)
        return x, y, z


scratch = Scratch()
