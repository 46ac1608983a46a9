"""fmod: the exact remainder of a division toward zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr
from kerneldojo.triton_cpu.lowering.mathlib.helpers import call_guarded
from kerneldojo.triton_cpu.lowering.mathlib.outside import call_outside

_EXACT = {"float": 2.0**23, "double": 2.0**52}


def fmod(x: Expr, y: Expr) -> Expr:
    """C's fmod; vectors whose quotients are all of usual size need no call outside."""
    operands = [x.value, y.value]
    if not x.b.module.host.fma:
        return Expr(x.b, call_outside(x.b, "fmod", operands))
    return Expr(x.b, call_guarded(x.b, "fmod", operands, _is_usual, _usual, _otherwise))


def _quotient(b: Builder, arguments: Sequence[Value]) -> tuple[Expr, Expr, Expr]:
    x, y = (Expr(b, argument) for argument in arguments)
    return x, y, (x / y).apply("trunc")


def _is_usual(b: Builder, arguments: Sequence[Value]) -> Value:
    _, y, quotient = _quotient(b, arguments)
    return ((quotient.abs() < _EXACT[y.scalar]) & (y.abs() < math.inf)).value


def _usual(b: Builder, arguments: Sequence[Value]) -> Value:
    """The division may have rounded up to the next integer: one divisor too many went off."""
    x, y, quotient = _quotient(b, arguments)
    rest = (-quotient).fma(y, x)
    too_far = ((rest < 0.0) & (x > 0.0)) | ((rest > 0.0) & (x < 0.0))
    return too_far.pick(rest + y.sign_of(x), rest).sign_of(x).value


def _otherwise(b: Builder, arguments: Sequence[Value]) -> Value:
    return call_outside(b, "fmod", arguments)
