"""What can go wrong between a kernel and its machine code."""

from __future__ import annotations


class TritonCpuError(RuntimeError):
    """The base of every error this back end raises by itself."""


class UnsupportedOperation(TritonCpuError):
    """A kernel uses an operation that has no lowering for the CPU.

    The message names the operation, the kernel, and the file and line of the kernel's source.
    """

    def __init__(self, what: str, *, kernel: str = "", place: str = "") -> None:
        self.what = what
        self.kernel = kernel
        self.place = place
        where = f" ({place})" if place else ""
        subject = f"kernel {kernel!r}: " if kernel else ""
        self.fact = f"{subject}{what} is not supported on the CPU{where}"
        super().__init__(
            f"{self.fact}. Rewrite that line, or run the kernel with TRITON_INTERPRET=1."
        )


class CompilerFault(TritonCpuError):
    """LLVM or the linker refused what the lowering wrote: a defect of this back end."""
