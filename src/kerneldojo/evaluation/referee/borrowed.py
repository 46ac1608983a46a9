"""Mathematical functions that kernels and PyTorch alike call: time there is their caller's.

Kernels compiled for the CPU take sines and powers from where PyTorch takes them: from Sleef,
which is part of PyTorch's own library, and from the C library's libm. Where a thread stands
says nothing then; the first return address on its stack does.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from kerneldojo.evaluation.referee.freezer import Position
from kerneldojo.evaluation.referee.player_process import Mapping
from kerneldojo.evaluation.sandbox import kernel

_LIBM = ("/libm.so", "/libm-", "/libmvec")
_LIBRARY = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
_STACK_BYTES = 2048
_DYNAMIC_SYMBOLS = 11


class Extent(NamedTuple):
    """A range of addresses."""

    low: int
    high: int

    def holds(self, address: int) -> bool:
        """Whether an address lies within."""
        return self.low <= address < self.high


def extents(mappings: list[Mapping]) -> list[Extent]:
    """Return where borrowed functions lie in a process with these mappings."""
    found = [
        Extent(mapping.low, mapping.high)
        for mapping in mappings
        if mapping.executable and any(name in mapping.path for name in _LIBM)
    ]
    library = str(_LIBRARY.resolve())
    bases = [mapping.low for mapping in mappings if mapping.path == library]
    sleef = _sleef(_LIBRARY)
    if bases and sleef is not None:
        found.append(Extent(min(bases) + sleef.low, min(bases) + sleef.high))
    return found


def return_addresses(pid: int, position: Position) -> tuple[int, ...]:
    """Return the words on a stopped thread's stack, from its top on; empty if it has none."""
    words = (ctypes.c_uint64 * (_STACK_BYTES // 8))()
    try:
        kernel.read_process_memory(pid, position.stack, ctypes.addressof(words), _STACK_BYTES)
    except OSError:
        return ()
    return tuple(words)


@functools.cache
def _sleef(library: Path) -> Extent | None:
    """Return where Sleef lies within PyTorch's library; it is linked as one piece."""
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as elf:
        found = [
            (address, size) for name, address, size in _symbols(elf) if name.startswith(b"Sleef_")
        ]
    if not found:
        return None
    return Extent(min(found)[0], max(address + size for address, size in found))


def _symbols(elf: mmap.mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, address and size of the functions a 64-bit ELF library exports."""
    (table,) = struct.unpack_from("<Q", elf, 40)
    entry, count = struct.unpack_from("<HH", elf, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, table + n * entry) for n in range(count)]
    for _, kind, _, _, offset, size, link, _, _, _ in sections:
        if kind != _DYNAMIC_SYMBOLS:
            continue
        names = sections[link][4]
        for name, _, _, section, address, length in struct.iter_unpack(
            "<IBBHQQ", elf[offset : offset + size]
        ):
            if section:
                start = names + name
                yield elf[start : elf.find(b"\0", start)], address, length
