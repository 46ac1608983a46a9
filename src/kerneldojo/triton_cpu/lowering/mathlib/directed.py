"""Arithmetic rounded toward zero, up or down.

Each operation is a function of its own that sets the processor's rounding mode, uses LLVM's
constrained intrinsics, which may not be moved out of it, and sets the mode back.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value, mangled
from kerneldojo.triton_cpu.llvm.types import lanes, vector
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr
from kerneldojo.triton_cpu.lowering.mathlib.helpers import call_helper
from kerneldojo.triton_cpu.lowering.mathlib.outside import call_outside

_NEAREST = 1
_MODES = {"rz": 0, "ru": 2, "rd": 3}
_CONVERSIONS = frozenset({"fptrunc", "sitofp", "uitofp"})


def directed(operation: str, mode: str, *arguments: Expr, to: str | None = None) -> Expr:
    """`operation`, an LLVM opcode or intrinsic, with its result rounded by `mode`.

    Args:
        operation: fadd, fsub, fmul, fdiv, sqrt, fma, fptrunc, sitofp or uitofp.
        mode: rz, ru or rd.
        arguments: The operands.
        to: The scalar type of the result, where it is not that of the operands.
    """
    b, values = arguments[0].b, [argument.value for argument in arguments]
    count = lanes(values[0].type)
    result = values[0].type if to is None else vector(to, count) if count else to

    def body(c: Builder, operands: Sequence[Value]) -> Value:
        _set_rounding(c, _MODES[mode])
        if operation == "fma" and not c.module.host.fma:
            value = call_outside(c, "fma", operands)
        else:
            value = _constrained(c, operation, result, operands)
        _set_rounding(c, _NEAREST)
        return value

    name = f"{operation}.{mode}" if to is None else f"{operation}.{to}.{mode}"
    return Expr(b, call_helper(b, name, result, values, body, "noinline strictfp"))


def _set_rounding(b: Builder, mode: int) -> None:
    b.module.declare("void", "llvm.set.rounding", ["i32"])
    b.line(f"call void @llvm.set.rounding(i32 {mode}) strictfp")


def _constrained(b: Builder, operation: str, result: str, operands: Sequence[Value]) -> Value:
    types = [operand.type for operand in operands]
    suffix = mangled(result)
    if operation in _CONVERSIONS:
        suffix += f".{mangled(types[0])}"
    name = f"llvm.experimental.constrained.{operation}.{suffix}"
    b.module.declare(result, name, [*types, "metadata", "metadata"])
    listed = ", ".join(map(str, operands))
    modes = 'metadata !"round.dynamic", metadata !"fpexcept.ignore"'
    return b.emit(result, f"call {result} @{name}({listed}, {modes}) strictfp")
