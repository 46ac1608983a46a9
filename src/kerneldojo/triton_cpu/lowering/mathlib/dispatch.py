"""The operations of MLIR's `math` dialect, by name."""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.lowering.casts import convert, narrow, widen
from kerneldojo.triton_cpu.lowering.elements import is_float
from kerneldojo.triton_cpu.lowering.mathlib import bits, elementary, integers, remainder
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr
from kerneldojo.triton_cpu.lowering.mathlib.elementary import Function, outside


def _intrinsic(name: str) -> Function:
    return lambda x, *others: x.apply(name, *others)


FLOATS: dict[str, Function] = {
    **{name: outside(name) for name in "acos asin atan atan2 atanh cbrt erfc".split()},
    **{name: outside(name) for name in "exp10 expm1 log10 log1p tan".split()},
    **{name: _intrinsic(name) for name in "ceil copysign floor round roundeven trunc".split()},
    "absf": _intrinsic("fabs"),
    "acosh": elementary.acosh,
    "asinh": elementary.asinh,
    "cos": elementary.cos,
    "cosh": elementary.cosh,
    "erf": elementary.erf,
    "exp": elementary.exp,
    "exp2": elementary.exp2,
    "fma": elementary.fma,
    "fmod": remainder.fmod,
    "fpowi": elementary.powi,
    "log": elementary.log,
    "log2": elementary.log2,
    "powf": elementary.power,
    "precise_sqrt": elementary.sqrt,
    "rsqrt": elementary.rsqrt,
    "sin": elementary.sin,
    "sinh": elementary.sinh,
    "sqrt": elementary.sqrt,
    "tanh": elementary.tanh,
}
PREDICATES: dict[str, Function] = {
    "isfinite": bits.is_finite,
    "isinf": bits.is_infinite,
    "isnan": Expr.is_nan,
    "isnormal": bits.is_normal,
}
INTEGERS: dict[str, Function] = {
    "absi": integers.absolute,
    "ctlz": integers.leading_zeros,
    "ctpop": integers.ones,
    "cttz": integers.trailing_zeros,
}


def emit(b: Builder, function: str, dtype: str, arguments: Sequence[Value]) -> Value:
    """An operation of the `math` dialect on scalars or vectors, lane by lane.

    f64 and f32 results are within two units in the last place, and every special value is as C
    has it. Smaller floats are computed as f32 and rounded once more.

    Args:
        b: Where to write.
        function: The operation's name without the dialect; also "fmod" and "precise_sqrt".
        dtype: The element type of the first operand.
        arguments: The operands in their register form.

    Raises:
        UnsupportedOperation: there is no such function of that type.
    """
    if not is_float(dtype):
        return _found(INTEGERS, function)(*(Expr(b, value) for value in arguments)).value
    if function == "fma" and dtype not in ("f64", "f32"):
        return _small_fma(b, dtype, arguments)
    # An integer operand, the exponent of fpowi, is no float to be widened.
    floats = 1 if function == "fpowi" else len(arguments)
    wide = [Expr(b, widen(b, value, dtype)) for value in arguments[:floats]]
    wide += [Expr(b, value) for value in arguments[floats:]]
    if function in PREDICATES:
        return PREDICATES[function](*wide).value
    return narrow(b, _found(FLOATS, function)(*wide).value, dtype)


def _found(table: dict[str, Function], function: str) -> Function:
    if function not in table:
        raise UnsupportedOperation(f"math.{function}")
    return table[function]


def _small_fma(b: Builder, dtype: str, arguments: Sequence[Value]) -> Value:
    """`x * y + z` of 16-bit floats, rounded once.

    The product is exact in f64. Where the sum is not, its last bit is made to say so, which
    keeps the second rounding right.
    """
    x, y, z = (Expr(b, convert(b, value, dtype, "f64")) for value in arguments)
    product = x * y
    total = product + z
    from_z = total - product
    rest = (product - (total - from_z)) + (z - from_z)
    inexact = (rest.abs() > 0.0) & bits.is_finite(total)
    even = (total.bits() & 1).equals(0)
    beyond = (rest < 0.0) ^ (total < 0.0)
    toward = beyond.pick(total.bits() - 1, total.bits() + 1).as_float()
    odd = (inexact & even).pick(toward, total)
    return convert(b, odd.value, "f64", dtype)
