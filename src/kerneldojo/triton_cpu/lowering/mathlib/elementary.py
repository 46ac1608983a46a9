"""The elementary functions of f32 and f64, each by the best means there is.

What kernels use most is written out as vector code for f32, given a fused multiply-add; the rest
is called from outside, with repairs where a routine from outside fails near an end of the range.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from kerneldojo.triton_cpu.lowering.mathlib import (
    error_function,
    exponential,
    logarithm,
    trigonometry,
)
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr, at_most
from kerneldojo.triton_cpu.lowering.mathlib.outside import call_outside

Function = Callable[..., Expr]


def outside(name: str) -> Function:
    """The function C calls `name`."""

    def call(*arguments: Expr) -> Expr:
        b = arguments[0].b
        return Expr(b, call_outside(b, name, [argument.value for argument in arguments]))

    return call


def in_double(function: Function) -> Function:
    """`function` for f32, computed as f64 and rounded once; floats other than f32 as they are."""

    def call(*arguments: Expr) -> Expr:
        if all(argument.scalar != "float" for argument in arguments):
            return function(*arguments)
        wide = [x.cast("fpext", "double") if x.scalar == "float" else x for x in arguments]
        return function(*wide).cast("fptrunc", "float")

    return call


def _written_out(name: str, for_f32: Function) -> Function:
    elsewhere = outside(name)

    def call(x: Expr) -> Expr:
        return (for_f32 if x.scalar == "float" and x.b.module.host.fma else elsewhere)(x)

    return call


exp = _written_out("exp", exponential.exp)
exp2 = _written_out("exp2", exponential.exp2)
log = _written_out("log", logarithm.log)
log2 = _written_out("log2", logarithm.log2)
sin = _written_out("sin", trigonometry.sin)
cos = _written_out("cos", trigonometry.cos)
tanh = _written_out("tanh", error_function.tanh)
erf = _written_out("erf", error_function.erf)
erfc, log1p = outside("erfc"), outside("log1p")
lgamma, tgamma = in_double(outside("lgamma")), in_double(outside("tgamma"))
power = outside("pow")


def fma(x: Expr, y: Expr, z: Expr) -> Expr:
    """`x * y + z` rounded once, on any host."""
    return x.fma(y, z) if x.b.module.host.fma else outside("fma")(x, y, z)


def sqrt(x: Expr) -> Expr:
    """The square root, rounded correctly."""
    return x.apply("sqrt")


def rsqrt(x: Expr) -> Expr:
    """One over the square root, each rounded correctly."""
    return 1.0 / sqrt(x)


def sinh(x: Expr) -> Expr:
    """The hyperbolic sine; the routine from outside overflows too early."""
    size = x.abs()
    return (size > 80.0).pick(_half_exp(size), outside("sinh")(at_most(size, 80.0))).sign_of(x)


def cosh(x: Expr) -> Expr:
    """The hyperbolic cosine; the routine from outside overflows too early."""
    size = x.abs()
    return (size > 80.0).pick(_half_exp(size), outside("cosh")(at_most(size, 80.0)))


def _half_exp(x: Expr) -> Expr:
    root = exp(x * 0.5)
    return root * 0.5 * root


def asinh(x: Expr) -> Expr:
    """The inverse hyperbolic sine; the routine from outside squares its argument."""
    size = x.abs()
    return (size > 1e9).pick(_log_twice(size), outside("asinh")(at_most(size, 1e9))).sign_of(x)


def acosh(x: Expr) -> Expr:
    """The inverse hyperbolic cosine; the routine from outside squares its argument."""
    return (x > 1e9).pick(_log_twice(x), outside("acosh")(at_most(x, 1e9)))


def _log_twice(x: Expr) -> Expr:
    return log(x) + math.log(2)


def sinpi(x: Expr) -> Expr:
    """The sine of pi times x, exact where the result is."""
    return in_double(_sinpi)(x)


def _sinpi(x: Expr) -> Expr:
    turn = _within_one_turn(x)
    size = turn.abs()
    near = (size > 0.5).pick(1.0 - size, size).sign_of(turn)
    return near.equals(0.0).pick(x.like(0.0).sign_of(x), sin(near * math.pi))


def cospi(x: Expr) -> Expr:
    """The cosine of pi times x, exact where the result is."""
    return in_double(lambda y: sin((0.5 - _within_one_turn(y).abs()) * math.pi))(x)


def _within_one_turn(x: Expr) -> Expr:
    """What is left of x in [-1, 1] without a multiple of two; nothing is lost."""
    return x - (x * 0.5).apply("roundeven") * 2.0


def powi(x: Expr, power_of: Expr) -> Expr:
    """X to an integer power."""
    exponent = power_of.cast("sitofp", "double")
    return in_double(lambda y, _: power(y, exponent))(x, exponent)


def hypot(x: Expr, *others: Expr) -> Expr:
    """The length of a vector of two, three or four components."""
    for other in others:
        x = outside("hypot")(x, other)
    return x


def fdim(x: Expr, y: Expr) -> Expr:
    """X - y where that is positive, else 0."""
    return (x <= y).pick(0.0, x - y)
