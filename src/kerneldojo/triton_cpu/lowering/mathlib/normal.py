"""The normal distribution and relatives of the error function, in f64."""

from __future__ import annotations

import math

from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr, at_least, at_most
from kerneldojo.triton_cpu.lowering.mathlib.elementary import erf, erfc, exp, fma, log, sqrt

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
_ROOT_HALF = math.sqrt(0.5)
_ROOT_HALF_REST = -4.833646656726457e-17
_SCALED_SPLIT = 12.0


def erfcx(x: Expr) -> Expr:
    """`exp(x**2) * erfc(x)`, which falls like 1/x."""
    near = at_least(at_most(x, _SCALED_SPLIT), -30.0)
    square = near * near
    rest = fma(near, near, -square)
    direct = exp(square) * erfc(near) * (rest + 1.0)
    inverse = 1.0 / x
    term, total = x.like(1.0), x.like(1.0)
    for k in range(1, 13):
        term = term * inverse * inverse * -(k - 0.5)
        total = total + term
    return (x > _SCALED_SPLIT).pick(total * inverse * (0.5 * _TWO_OVER_ROOT_PI), direct)


def cumulative(x: Expr) -> Expr:
    """The probability of a standard normal number below x."""
    x = at_least(at_most(x, 40.0), -40.0)
    high = x * -_ROOT_HALF
    low = fma(x, x.like(-_ROOT_HALF), -high) - x * _ROOT_HALF_REST
    slope = exp(-(high * high)) * _TWO_OVER_ROOT_PI
    return (erfc(high) - slope * low) * 0.5


def erfinv(y: Expr) -> Expr:
    """The inverse of erf."""
    size = y.abs()
    result = size.equals(1.0).pick(math.inf, _inverse(size, 1.0 - size))
    return (size <= 1.0).pick(result, math.nan).sign_of(y)


def erfcinv(y: Expr) -> Expr:
    """The inverse of erfc."""
    upper = y > 1.0
    tail = upper.pick(2.0 - y, y)
    size = tail.equals(0.0).pick(math.inf, _inverse(1.0 - tail, tail))
    return (tail >= 0.0).pick(upper.pick(-size, size), math.nan)


def quantile(p: Expr) -> Expr:
    """The inverse of `cumulative`."""
    return erfcinv(p + p) * -math.sqrt(2)


def _inverse(middle: Expr, tail: Expr) -> Expr:
    """The x >= 0 with erf(x) = middle and erfc(x) = tail; one of them may be inaccurate.

    Winitzki's approximation, then Halley's steps; far out, Newton's on the logarithm instead.
    """
    x = _approximate_inverse(tail)
    for _ in range(2):
        miss = (middle < 0.5).pick(middle - erf(x), erfc(x) - tail)
        step = miss / (exp(-(x * x)) * _TWO_OVER_ROOT_PI)
        x = x + step / (1.0 - step * x)
    far = _approximate_inverse(tail)
    logarithm = log(tail)
    for _ in range(3):
        scaled = erfcx(far)
        miss = log(scaled) - far * far - logarithm
        far = far + miss * scaled * (1 / _TWO_OVER_ROOT_PI)
    return (tail < 1e-3).pick(far, x)


def _approximate_inverse(tail: Expr) -> Expr:
    logarithm = log(tail * (2.0 - tail))
    half = logarithm * 0.5 + 2 / (math.pi * 0.147)
    return sqrt(sqrt(half * half - logarithm * (1 / 0.147)) - half)
