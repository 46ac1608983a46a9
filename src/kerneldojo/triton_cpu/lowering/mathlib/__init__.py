"""Mathematics on scalars and vectors: the `math` dialect and libdevice's functions."""

from kerneldojo.triton_cpu.lowering.mathlib.dispatch import emit
from kerneldojo.triton_cpu.lowering.mathlib.symbols import libdevice

__all__ = ["emit", "libdevice"]
