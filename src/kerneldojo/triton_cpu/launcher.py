"""Launches a compiled kernel, by the protocol of Triton's own launchers."""

from __future__ import annotations

from operator import index
from typing import Any

from kerneldojo.triton_cpu import binary, threads
from kerneldojo.triton_cpu.arguments import Arguments
from kerneldojo.triton_cpu.entry import HEADER, worker_bytes
from kerneldojo.triton_cpu.errors import CompilerFault, TritonCpuError

MAX_DIMENSION = 2**31 - 1
MAX_PROGRAMS = 2**63 - 1


class DeviceAssertionError(TritonCpuError):
    """A `tl.device_assert` failed; the programs that had not begun were left out."""


class CPULauncher:
    """Runs one compiled kernel over grids; any number of Python threads may share it."""

    def __init__(self, src: Any, metadata: Any) -> None:
        """`src` and `metadata` are those of Triton's `CompiledKernel`."""
        self._kernel = str(metadata.name)
        self._arguments = Arguments(self._kernel, src.signature)
        self._messages = tuple(metadata.messages)
        self._prints = "printf" in metadata.externals
        self._worker_bytes = worker_bytes(metadata.scratch_bytes)
        if len(self._arguments.types) != len(metadata.arguments):
            raise CompilerFault(
                f"kernel {self._kernel!r} was compiled for the arguments {metadata.arguments}, "
                f"but its signature has {list(self._arguments.types)}"
            )
        binary.note_stored(metadata.hash, src.name)

    def __call__(self, *launch: Any) -> None:
        """Run every program of the grid, and return when the last is done."""
        x, y, z, _, function, _, metadata, enter, leave, *values = launch
        packed = self._arguments.pack(values)
        if enter is not None:
            enter(metadata)
        try:
            self._run(function, packed, (x, y, z))
        finally:
            if leave is not None:
                leave(metadata)

    def _run(self, function: binary.Function, packed: bytes, grid: tuple[Any, Any, Any]) -> None:
        x, y, z = self._checked(grid)
        if not x * y * z:
            return
        count = threads.count()
        scratch = threads.scratch.reserve(HEADER + count * self._worker_bytes)
        failed = function.launch(packed, x, y, z, count, scratch)
        if self._prints:
            binary.flush()
        if failed:
            raise DeviceAssertionError(
                f"kernel {self._kernel!r}: device assertion failed in program "
                f"{threads.scratch.failed_program()}: {self._messages[failed - 1]}"
            )

    def _checked(self, grid: tuple[Any, Any, Any]) -> tuple[int, int, int]:
        try:
            x, y, z = map(index, grid)
        except TypeError:
            raise TypeError(
                f"kernel {self._kernel!r}: a grid is made of integers, not {grid!r}"
            ) from None
        if min(x, y, z) < 0 or max(x, y, z) > MAX_DIMENSION or x * y * z > MAX_PROGRAMS:
            raise ValueError(
                f"kernel {self._kernel!r}: the grid {(x, y, z)} is out of range: each dimension "
                f"goes from 0 to {MAX_DIMENSION}, and their product to {MAX_PROGRAMS}"
            )
        return x, y, z
