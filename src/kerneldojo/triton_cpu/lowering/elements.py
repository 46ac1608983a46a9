"""How Triton's element types are held in registers and in memory."""

from __future__ import annotations

from kerneldojo.triton_cpu.llvm.types import byte_size
from kerneldojo.triton_cpu.ttir.ir import Type

FLOAT8 = ("f8E5M2", "f8E4M3FN", "f8E4M3FNUZ", "f8E5M2FNUZ", "f8E4M3B11FNUZ")

_REGISTER = {
    "f64": "double",
    "f32": "float",
    "f16": "half",
    "bf16": "i16",
    **dict.fromkeys(FLOAT8, "i8"),
    **{name: name for name in ("i1", "i8", "i16", "i32", "i64", "ptr")},
}


def register(element: str) -> str:
    """The LLVM type of one element in a register; bf16 and fp8 are raw bits.

    Raises:
        KeyError: if the element type has no representation here.
    """
    return _REGISTER[element]


def memory(element: str) -> str:
    """The LLVM type of one element in memory: as in registers, but an i1 is a byte."""
    return "i8" if element == "i1" else register(element)


def size(element: str) -> int:
    """Bytes of one element in memory."""
    return byte_size(memory(element))


def is_float(element: str) -> bool:
    """Whether arithmetic on the element is floating-point."""
    return element[0] == "f" or element == "bf16"


def wide(element: str) -> str:
    """The type arithmetic on a float is done in: its own, or f32 for those without any."""
    return "f64" if element == "f64" else "f32"


def pointee_type(pointer: Type) -> str:
    """The LLVM memory type of what a pointer points to."""
    inner = pointer.pointee
    return "ptr" if inner.startswith("!tt.ptr") else memory(inner)
