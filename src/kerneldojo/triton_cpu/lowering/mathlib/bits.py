"""Functions of a float's bits: its exponent, its class, its neighbours."""

from __future__ import annotations

import math

from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr, at_least, at_most

_MANTISSA = {"float": 23, "double": 52}
_BIAS = {"float": 127, "double": 1023}
_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1


def is_infinite(x: Expr) -> Expr:
    """A mask of the infinities."""
    return x.abs().equals(math.inf)


def is_finite(x: Expr) -> Expr:
    """A mask of what is neither infinite nor NaN."""
    return x.abs() < math.inf


def is_normal(x: Expr) -> Expr:
    """A mask of the finite numbers with a full mantissa."""
    return (x.abs() >= 2.0 ** (1 - _BIAS[x.scalar])) & is_finite(x)


def sign_bit(x: Expr) -> Expr:
    """1 where the sign is set, as i32."""
    bits = x.bits()
    one = bits.shift_right(31 if x.scalar == "float" else 63)
    return one if x.scalar == "float" else one.cast("trunc", "i32")


def ilogb(x: Expr) -> Expr:
    """The binary exponent as i32; the least i32 for 0 and NaN, the largest for infinities."""
    exponent = _exponent(x)
    if x.scalar == "double":
        exponent = exponent.cast("trunc", "i32")
    finite = (x.abs() > 0.0) & is_finite(x)
    return finite.pick(exponent, is_infinite(x).pick(exponent.like(_INT_MAX), _INT_MIN))


def logb(x: Expr) -> Expr:
    """The binary exponent as a float; minus infinity for 0, infinity for infinities."""
    size = x.abs()
    exponent = _exponent(x).cast("sitofp", x.scalar)
    return is_finite(x).pick(size.equals(0.0).pick(-math.inf, exponent), size)


def _exponent(x: Expr) -> Expr:
    mantissa, bias = _MANTISSA[x.scalar], _BIAS[x.scalar]
    size = x.abs()
    tiny = size < 2.0 ** (1 - bias)
    bits = tiny.pick(size * 2.0**mantissa, size).bits()
    exponent = bits.shift_right(mantissa) - bias
    return tiny.pick(exponent - mantissa, exponent)


def ldexp(x: Expr, power: Expr) -> Expr:
    """X times two to an i32 power, rounded once."""
    if x.scalar == "float":
        wide = x.cast("fpext", "double")
        factor = _power_of_two(_clamped(power, -400, 400).cast("sext", "i64"))
        return (wide * factor).cast("fptrunc", "float")
    # A factor at a time; the downward ones stop short of where two roundings could meet.
    power = _clamped(power, -2200, 2200)
    for limit, step in ((1023, 1023), (1023, 1023), (-1022, -969), (-1022, -969)):
        over = power > limit if limit > 0 else power < limit
        x = over.pick(x * 2.0**step, x)
        power = over.pick(power - step, power)
    return x * _power_of_two(_clamped(power, -1022, 1023).cast("sext", "i64"))


def _clamped(power: Expr, low: int, high: int) -> Expr:
    return at_least(at_most(power, high), low)


def _power_of_two(power: Expr) -> Expr:
    return ((power + 1023) << 52).as_float()


def next_after(x: Expr, y: Expr) -> Expr:
    """The next number from x in the direction of y."""
    bits = x.bits()
    away = bits + 1
    closer = bits - 1
    outward = (x < y) ^ (x < 0.0)
    moved = outward.pick(away, closer).as_float()
    least = x.bits().like(1).as_float().sign_of(y)
    moved = x.equals(0.0).pick(least, moved)
    moved = x.equals(y).pick(y, moved)
    return (x.is_nan() | y.is_nan()).pick(x + y, moved)


def saturate(x: Expr) -> Expr:
    """X within [0, 1]; 0 for a NaN."""
    positive = (x > 0.0).pick(x, 0.0)
    return at_most(positive, 1.0)


def reciprocal_of_high_half(x: Expr) -> Expr:
    """1/x of f64 to about the precision of f32: only upper halves are read and written."""
    high = -1 << 32
    coarse = (1.0 / (x.bits() & high).as_float()).bits() & high
    result = coarse.as_float()
    flushed = is_normal(result).pick(result, x.like(0.0).sign_of(result))
    zero = x.abs() < 2.0**-1022
    result = zero.pick(x.like(math.inf).sign_of(x), flushed)
    return x.is_nan().pick(x, result)


def double_from_halves(high: Expr, low: Expr) -> Expr:
    """The f64 whose bits are two i32."""
    upper = high.cast("zext", "i64") << 32
    return (upper | low.cast("zext", "i64")).as_float()


def high_half(x: Expr) -> Expr:
    """The upper 32 bits of an f64."""
    return x.bits().shift_right(32).cast("trunc", "i32")


def low_half(x: Expr) -> Expr:
    """The lower 32 bits of an f64."""
    return x.bits().cast("trunc", "i32")
