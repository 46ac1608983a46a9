"""Bessel functions, in f64."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import lanes
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr, at_most
from kerneldojo.triton_cpu.lowering.mathlib.elementary import exp, fma, sqrt
from kerneldojo.triton_cpu.lowering.mathlib.outside import call_symbol, each_lane

_SPLIT = 30.0
_NEAR_TERMS = 62
_FAR_TERMS = 24


def modified(x: Expr, order: int) -> Expr:
    """I0 or I1: its power series, whose terms have one sign, and its expansion at infinity."""
    size = x.abs()
    small = at_most(size, _SPLIT)
    near = _series(small * small * 0.25, _near_coefficients(order))
    if order:
        near = near * small * 0.5
    scale = sqrt(size * (2 * math.pi))
    root = exp(size * 0.5)
    far = root * (_series(1.0 / size, _far_coefficients(order)) / scale) * root
    far = (size < math.inf).pick(far, size)
    result = (size > _SPLIT).pick(far, near)
    return result.sign_of(x) if order else result


def _near_coefficients(order: int) -> list[float]:
    return [1 / (math.factorial(k) * math.factorial(k + order)) for k in range(_NEAR_TERMS)]


def _far_coefficients(order: int) -> list[float]:
    terms = [1.0]
    for k in range(1, _FAR_TERMS):
        terms.append(terms[-1] * -(4 * order**2 - (2 * k - 1) ** 2) / (8 * k))
    return terms


def _series(x: Expr, coefficients: Sequence[float]) -> Expr:
    total = x.like(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = (
            fma(total, x, x.like(coefficient)) if x.b.module.host.fma else total * x + coefficient
        )
    return total


def bessel(name: str, *arguments: Expr) -> Expr:
    """j0, j1, y0, y1 of a number; jn, yn of an order and a number, NaN for negative orders."""
    b, values = arguments[-1].b, [argument.value for argument in arguments]
    type = values[-1].type

    def compute(c: Builder, scalars: Sequence[Value]) -> Value:
        return call_symbol(c, name, "double", scalars)

    found = each_lane(b, name, type, values, compute) if lanes(type) else compute(b, values)
    result = Expr(b, found)
    if name[0] == "y":
        result = (arguments[-1] < 0.0).pick(math.nan, result)
    return (arguments[0] < 0).pick(math.nan, result) if len(arguments) == 2 else result
