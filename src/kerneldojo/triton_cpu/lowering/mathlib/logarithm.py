"""log and log2 of f32 vectors.

Both split off a power of two so that a number in [2/3, 4/3) remains, and approximate its
logarithm by a polynomial around 1. The largest error found among a third of a billion f32 is
0.83 ulp for log, 1.35 for log2.
"""

from __future__ import annotations

import math

from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr, polynomial

_LN2_HIGH = 0.693147182464599609375
_LN2_LOW = -1.90465429995776804525e-9
_LOG2_E_HIGH = 1.4426950216293335
_LOG2_E_LOW = 1.925963033500011e-08
_TWO_THIRDS_BITS = 0x3F2AAAAB
_SMALLEST_NORMAL = 2.0**-126

_LOG_TAIL = (
    0.3333333432674408,
    -0.2499982714653015,
    0.19999681413173676,
    -0.16679295897483826,
    0.1430271714925766,
    -0.12199418246746063,
    0.1076955571770668,
    -0.12830109894275665,
    0.1195845901966095,
)
_LOG2_TAIL = (
    -0.7213475704193115,
    0.480898380279541,
    -0.3606657087802887,
    0.2885335385799408,
    -0.2408093810081482,
    0.20636048913002014,
    -0.1738440841436386,
    0.15522035956382751,
    -0.19387036561965942,
    0.17314191162586212,
)


def log(x: Expr) -> Expr:
    """The natural logarithm of any f32."""
    fraction, power = _split(x)
    square = fraction * fraction
    tail = (polynomial(fraction, _LOG_TAIL) * fraction).fma(square, square * -0.5)
    near = power.fma(_LN2_LOW, tail) + fraction
    return _with_special_values(x, power.fma(_LN2_HIGH, near))


def log2(x: Expr) -> Expr:
    """The binary logarithm of any f32; powers of two are exact."""
    fraction, power = _split(x)
    tail = fraction.fma(_LOG2_E_LOW, polynomial(fraction, _LOG2_TAIL) * (fraction * fraction))
    return _with_special_values(x, fraction.fma(_LOG2_E_HIGH, tail) + power)


def _split(x: Expr) -> tuple[Expr, Expr]:
    """`(f, p)` with x = (1 + f) * 2**p, for positive finite x."""
    tiny = x < _SMALLEST_NORMAL
    bits = tiny.pick(x * 2.0**23, x).bits()
    power = (bits - _TWO_THIRDS_BITS) >> 23
    fraction = (bits - (power << 23)).as_float() - 1.0
    return fraction, power.cast("sitofp", "float") - tiny.pick(x.like(23.0), 0.0)


def _with_special_values(x: Expr, result: Expr) -> Expr:
    special = x.equals(0.0).pick(-math.inf, (x < 0.0).pick(math.nan, x))
    return ((x > 0.0) & (x < math.inf)).pick(result, special)
