"""LLVM types as text: scalars ("i32", "float", "ptr") and vectors of them ("<16 x float>")."""

from __future__ import annotations

import math
import struct

_BYTES = {
    "i1": 1,
    "i8": 1,
    "i16": 2,
    "i32": 4,
    "i64": 8,
    "half": 2,
    "float": 4,
    "double": 8,
    "ptr": 8,
}


def vector(scalar: str, count: int) -> str:
    """The type of `count` lanes of `scalar`."""
    return f"<{count} x {scalar}>"


def element(type: str) -> str:
    """The scalar of a vector type; a scalar is its own element."""
    return type[1:-1].split(" x ", 1)[1] if type.startswith("<") else type


def lanes(type: str) -> int:
    """The number of lanes; 0 for a scalar."""
    return int(type[1:].split(" ", 1)[0]) if type.startswith("<") else 0


def byte_size(scalar: str) -> int:
    """The bytes a scalar takes in memory; an i1 takes one."""
    return _BYTES[scalar]


def float_bits(scalar: str, value: float) -> str:
    """A floating constant as LLVM reads it without rounding."""
    if scalar == "half":
        return f"0xH{struct.unpack('<H', _half(value))[0]:04X}"
    if scalar == "float":
        value = _single(value)
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def _single(value: float) -> float:
    try:
        return float(struct.unpack("<f", struct.pack("<f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def _half(value: float) -> bytes:
    try:
        return struct.pack("<e", value)
    except OverflowError:
        return struct.pack("<e", math.copysign(math.inf, value))
