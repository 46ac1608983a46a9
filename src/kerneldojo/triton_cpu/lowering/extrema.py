"""Maxima and minima of floats, with either rule for NaN."""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import element, lanes
from kerneldojo.triton_cpu.lowering.mathlib.pieces import in_pieces

_BITS = {"float": 32, "double": 64}
_RANGE = {"minnum": 4, "maxnum": 5}
"""What VRANGEPS calls them, with the sign of the comparison's result."""


def extremum(b: Builder, name: str, x: Value, y: Value) -> Value:
    """`maxnum`/`minnum` (a NaN loses) or `maximum`/`minimum` (a NaN wins)."""
    if name in _RANGE:
        return _number(b, name, x, y)
    chosen = b.select(b.fcmp("ogt" if name.startswith("max") else "olt", x, y), x, y)
    return b.select(b.fcmp("uno", x, x), x, chosen)


def _number(b: Builder, name: str, x: Value, y: Value) -> Value:
    """AVX-512 has it in one instruction; elsewhere LLVM mends what MAXPS does to a NaN.

    Mending puts a comparison of the accumulator on the path from one step of a reduction to the
    next, which costs more than everything else in it.
    """
    bits = _BITS.get(element(x.type), 0)
    narrowest = 128 // bits if bits else 0
    if not bits or lanes(x.type) < narrowest or not {"avx512dq", "avx512vl"} <= b.module.host.flags:
        return b.intrinsic(name, x, y)
    kind = "ps" if bits == 32 else "pd"

    def one(pair: Sequence[Value]) -> Value:
        width = lanes(pair[0].type)
        operands = [*pair, b.const("i32", _RANGE[name]), pair[0]]
        operands.append(b.const("i16" if width == 16 else "i8", -1))
        if width * bits == 512:
            operands.append(b.const("i32", 4))  # The rounding in force; nothing is rounded.
        return b.call(pair[0].type, f"llvm.x86.avx512.mask.range.{kind}.{width * bits}", *operands)

    return in_pieces(b, [x, y], (4 * narrowest, 2 * narrowest, narrowest), one)
