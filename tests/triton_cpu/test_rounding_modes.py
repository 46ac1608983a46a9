"""libdevice's functions with a rounding mode in their names, against exact arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.triton_cpu.test_libdevice import TYPES, call, function

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def rounded(exact, kind, mode):
    """The number of type `kind` next to a fraction, as `mode` has it."""
    near = kind(float(exact)) if abs(exact) < 1e300 else kind(math.copysign(math.inf, exact))
    size = abs(exact)
    up = {"rz": False, "ru": exact > 0, "rd": exact < 0}[mode]
    guess = abs(near)
    while math.isinf(guess) or Fraction(float(guess)) > size:
        guess = np.nextafter(guess, kind(0))
    while Fraction(float(np.nextafter(guess, kind(math.inf)))) <= size:
        guess = np.nextafter(guess, kind(math.inf))
    if up and Fraction(float(guess)) != size:
        guess = np.nextafter(guess, kind(math.inf))
    return float(guess) * (1 if exact > 0 else -1)


@pytest.mark.parametrize("bits", [512, 256, 128])
@pytest.mark.parametrize("mode", ["rz", "ru", "rd"])
@pytest.mark.parametrize("size", ["f", "d"])
def test_directed_arithmetic(size, mode, bits):
    random = np.random.default_rng(1)
    kind = np.float32 if size == "f" else np.float64
    scale = np.exp2(random.integers(-30, 30, (3, 48)))
    x, y, z = (random.normal(size=(3, 48)) * scale).astype(kind)
    exact = [tuple(Fraction(float(v)) for v in row) for row in zip(x, y, z, strict=True)]
    for name, compute in {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
    }.items():
        got = function(f"__nv_{size}{name}_{mode}", bits)(x, y).tolist()
        assert got == [rounded(compute(a, b), kind, mode) for a, b, _ in exact], name
    got = function(f"__nv_{size}rcp_{mode}", bits)(x).tolist()
    assert got == [rounded(1 / a, kind, mode) for a, _, _ in exact]
    got = function(f"__nv_fma{'f' if size == 'f' else ''}_{mode}", bits)(x, y, z).tolist()
    assert got == [rounded(a * b + c, kind, mode) for a, b, c in exact]
    root = function(f"__nv_{size}sqrt_{mode}", bits)(np.abs(x))
    up = mode == "ru"
    below = np.nextafter(root, kind(0)) if up else root
    above = root if up else np.nextafter(root, kind(math.inf))
    for low, high, (a, _, _) in zip(below, above, exact, strict=True):
        assert Fraction(float(low)) ** 2 <= abs(a) <= Fraction(float(high)) ** 2


@pytest.mark.parametrize("bits", [512, 256, 128])
@pytest.mark.parametrize("mode", ["rn", "rz", "ru", "rd"])
def test_conversions(mode, bits):
    random = np.random.default_rng(2)
    step = {"rn": np.rint, "rz": np.trunc, "ru": np.ceil, "rd": np.floor}[mode]
    wide_ones, shifts = random.integers(0, 1 << 64, 40, dtype=np.uint64), random.integers(0, 64, 40)
    raw = [int(n) >> int(s) for n, s in zip(wide_ones, shifts, strict=True)]
    raw += [0, 1, 0xFFFFFFFF, (1 << 64) - 1, (1 << 63) - 1, 1 << 63, (1 << 53) + 1]
    for size, wide in (("int", 32), ("ll", 64)):
        for sign in ("", "u"):
            whole = [n & ((1 << wide) - 1) for n in raw]
            if not sign:
                whole = [n - (1 << wide) if n >> (wide - 1) else n for n in whole]
            for real, kind in (("float", np.float32), ("double", np.float64)):
                symbol = f"__nv_{sign}{size}2{real}_{mode}"
                if symbol in TYPES:
                    got = call(symbol, whole, bits=bits)
                    exact = [0.0 if n == 0 else _converted(n, kind, mode) for n in whole]
                    assert got == exact, symbol
                low, high = (
                    (0, (1 << wide) - 1) if sign else (-(1 << wide - 1), (1 << wide - 1) - 1)
                )
                points = (random.normal(size=40) * np.exp2(random.integers(0, 66, 40))).astype(kind)
                want = [max(low, min(high, int(n))) % (1 << wide) for n in step(points)]
                assert function(f"__nv_{real}2{sign}{size}_{mode}", bits)(points).tolist() == want
    points = random.normal(size=48) * np.exp2(random.integers(-100, 100, 48))
    got = function(f"__nv_double2float_{mode}", bits)(points).tolist()
    assert got == [_converted(n, np.float32, mode) for n in points.tolist()]


def _converted(number, kind, mode):
    if mode != "rn":
        return rounded(Fraction(number), kind, mode)
    if isinstance(number, float):
        return float(kind(number))
    return (
        float(np.uint64(number).astype(kind))
        if number >= 0
        else float(np.int64(number).astype(kind))
    )
