"""The elementary functions: their accuracy everywhere, and their values at the edges."""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from kerneldojo.triton_cpu import externals
from kerneldojo.triton_cpu.errors import TritonCpuError, UnsupportedOperation
from kerneldojo.triton_cpu.lowering.mathlib import emit
from tests.triton_cpu.llvm_harness import Loop, narrow_host

LLVM = {"f32": "float", "f64": "double", "f16": "half", "bf16": "i16"}
NUMPY = {"f32": np.float32, "f64": np.float64}
EXTENDED = np.finfo(np.longdouble).nmant > 60
HOSTS = [512, 256, 128]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def function(name, dtype, operands=1, bits=512, lanes=16):
    def write(b, *values):
        return emit(b, name, dtype, values)

    return Loop(write, LLVM[dtype], [LLVM[dtype]] * operands, lanes, narrow_host(bits))


def numbers(dtype, seed=0):
    """All magnitudes, the usual ones more often, and every special value."""
    random = np.random.default_rng(seed)
    kind = NUMPY[dtype]
    width = kind().itemsize * 8
    raw = random.integers(0, 1 << 63, 30_000, dtype=np.uint64) * 2
    anything = (raw >> np.uint64(64 - width)).astype(f"u{width // 8}").view(kind)
    powers = np.exp2(np.arange(-20, 20))
    special = [0, 1, 0.5, 2, 3, 1e-45, 1e-40, 1e38, 88.7, 89.3, 104, 127.9, 150, 745.2, 1e5, 1e9]
    special += [5e-324, 1e-310, 1e300, 709.7, 710.4, 1e15, math.inf, math.nan]
    usual = [
        random.normal(size=10_000),
        random.normal(size=10_000) * 30,
        random.uniform(-1, 1, 5_000),
    ]
    near_one = 1 + random.normal(size=4_000) * 1e-3
    whole = np.concatenate([*usual, near_one, powers, -powers, special, np.negative(special)])
    return np.concatenate([anything, whole.astype(kind)])


def error_in_ulps(got, exact):
    """The largest error; wrong special values count as infinite."""
    kind = got.dtype.type
    want = exact.astype(kind)
    plain = np.isfinite(want) & np.isfinite(got)
    same = (np.isnan(got) & np.isnan(want)) | (got == want)
    # Where the exact result is next to the largest number, either side of it will do.
    limit = np.finfo(kind).max
    edge = (np.abs(exact) > limit * 0.999999) & (np.abs(got) > limit * 0.999999)
    if not (plain | same | edge).all():
        return math.inf
    exact, got = exact[plain], got[plain]
    unit = np.maximum(np.spacing(np.abs(exact.astype(kind))), np.finfo(kind).smallest_subnormal)
    return float(np.max(np.abs(got.astype(exact.dtype) - exact) / unit, initial=0))


def by_torch(name):
    return lambda x: getattr(torch.special, name)(torch.from_numpy(x.astype(np.float64))).numpy()


REFERENCES = {
    "exp": np.exp, "exp2": np.exp2, "log": np.log, "log2": np.log2, "tanh": np.tanh,
    "erf": by_torch("erf"), "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "exp10": lambda x: np.power(x.dtype.type(10), x),
    "expm1": np.expm1, "log10": np.log10, "log1p": np.log1p, "cbrt": np.cbrt,
    "rsqrt": lambda x: 1 / np.sqrt(x), "erfc": by_torch("erfc"),
}  # fmt: skip
EXACT = {
    "sqrt": np.sqrt, "precise_sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil,
    "trunc": np.trunc, "roundeven": np.rint, "absf": np.abs,
    "round": lambda x: np.copysign(np.floor(np.abs(x.astype(np.longdouble)) + 0.5), x),
}  # fmt: skip


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("name", REFERENCES)
def test_f32_is_within_two_ulps(name, bits):
    values = numbers("f32")
    exact = REFERENCES[name](values.astype(np.float64))
    assert error_in_ulps(function(name, "f32", bits=bits)(values), exact) < 2


@pytest.mark.skipif(not EXTENDED, reason="no reference more precise than f64")
@pytest.mark.parametrize("bits", [512, 256])
@pytest.mark.parametrize("name", [name for name in REFERENCES if not name.startswith("erf")])
def test_f64_is_within_two_ulps(name, bits):
    values = numbers("f64")
    exact = REFERENCES[name](values.astype(np.longdouble))
    assert error_in_ulps(function(name, "f64", bits=bits)(values), exact) < 2


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("name", EXACT)
def test_exact_functions(name, dtype, bits):
    values = numbers(dtype)
    got = function(name, dtype, bits=bits)(values)
    want = EXACT[name](values).astype(values.dtype)
    plain = ~np.isnan(want)
    width = f"u{values.itemsize}"
    assert np.array_equal(got[plain].view(width), want[plain].view(width))
    assert np.isnan(got[~plain]).all()


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize(
    "name", ["exp", "log", "tanh", "erf", "sin", "asinh", "sinh", "cbrt", "log2"]
)
def test_zero_keeps_its_sign_and_limits_are_exact(name, dtype):
    values = np.array([0.0, -0.0, math.inf, -math.inf, 1.0, 8.0], NUMPY[dtype])
    got = function(name, dtype)(values)
    want = {"erf": [0.0, -0.0, 1, -1]}.get(name) or REFERENCES[name](values[:4])
    assert np.array_equal(got[:4], np.asarray(want, got.dtype), equal_nan=True)
    assert np.array_equal(np.signbit(got[:2]), np.signbit(np.asarray(want[:2], got.dtype)))
    if name in ("log", "log2"):
        assert got[4] == 0
    if name == "log2":
        assert got[5] == 3


def test_powers_of_two_are_exact():
    whole = np.arange(-149, 128).astype(np.float32)
    powers = function("exp2", "f32")(whole)
    assert np.array_equal(powers, np.ldexp(np.float32(1), whole.astype(int)))
    assert np.array_equal(function("log2", "f32")(powers), whole)


PAIRS = {
    "atan2": np.arctan2,
    "powf": np.power,
    "copysign": np.copysign,
    "fmod": lambda x, y: np.fmod(x.astype(np.float64), y.astype(np.float64)),
}


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("name", PAIRS)
def test_two_operands(name, dtype, bits):
    x, y = numbers(dtype, 1), numbers(dtype, 2)
    np.random.default_rng(3).shuffle(y)
    wide = np.float64 if dtype == "f32" or name == "fmod" else np.longdouble
    exact = PAIRS[name](x.astype(wide), y.astype(wide))
    bound = 0.5 if name in ("copysign", "fmod") else 2
    assert error_in_ulps(function(name, dtype, 2, bits)(x, y), exact) <= bound


@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_fmod_of_plain_numbers(dtype):
    """Small quotients take another way than the others, and here all are small."""
    random = np.random.default_rng(4)
    x = (random.normal(size=4_096) * 1e3).astype(NUMPY[dtype])
    y = random.choice([0.1, 0.25, 3.0, 7.5, -1.1, 1e-2], 4_096).astype(NUMPY[dtype])
    y[:500] = x[:500] / random.integers(1, 99, 500)
    got = function("fmod", dtype, 2)(x, y)
    assert np.array_equal(got, np.fmod(x, y))
    assert np.array_equal(np.signbit(got), np.signbit(x))


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_fma_rounds_once(dtype, bits):
    random = np.random.default_rng(5)
    kind = NUMPY[dtype]
    x, y = (random.normal(size=600).astype(kind) for _ in range(2))
    z = (-x * y * (1 + random.integers(-2, 3, 600) * np.finfo(kind).eps)).astype(kind)
    got = function("fma", dtype, 3, bits)(x, y, z)
    want = [
        float(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))
        for a, b, c in zip(x, y, z, strict=True)
    ]
    assert np.array_equal(got, np.array(want).astype(kind))


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_small_fma_rounds_once(dtype):
    kind = torch.float16 if dtype == "f16" else torch.bfloat16
    bits = torch.randint(-(1 << 15), 1 << 15, (3, 60_000), generator=torch.manual_seed(6))
    x, y, z = bits.to(torch.int16).view(kind)
    z[:20_000] = (-x[:20_000].double() * y[:20_000].double() * 2.0**-12).to(kind)
    got = function("fma", dtype, 3)(*(v.view(torch.int16).numpy() for v in (x, y, z)))
    got = torch.from_numpy(got).view(kind)
    for i in torch.nonzero(x.isfinite() & y.isfinite() & z.isfinite()).flatten()[::97].tolist():
        exact = Fraction(x[i].item()) * Fraction(y[i].item()) + Fraction(z[i].item())
        assert is_nearest(got[i], exact)
    wide = (x.double() * y.double() + z.double()).to(kind)
    assert torch.isnan(got).equal(torch.isnan(wide))


def is_nearest(got, exact):
    if not got.isfinite():
        return abs(exact) >= torch.finfo(got.dtype).max
    miss = exact - Fraction(got.item())
    beyond = torch.nextafter(got, torch.full_like(got, math.inf if miss > 0 else -math.inf))
    return not beyond.isfinite() or abs(miss) <= abs(Fraction(beyond.item()) - exact)


@pytest.mark.parametrize("dtype", ["f16", "bf16"])
@pytest.mark.parametrize("name", ["exp", "rsqrt", "floor", "absf", "tanh"])
def test_small_floats_are_rounded_from_f32(name, dtype):
    kind = torch.float16 if dtype == "f16" else torch.bfloat16
    values = torch.arange(1 << 16, dtype=torch.int32).to(torch.int16).view(kind)
    exact = REFERENCES.get(name) or EXACT[name]
    got = torch.from_numpy(function(name, dtype)(values.view(torch.int16).numpy())).view(kind)
    want = torch.from_numpy(exact(values.double().numpy())).to(kind)
    assert torch.isnan(got).equal(torch.isnan(want))
    plain = ~torch.isnan(want)
    # f32 results next to the middle between two small floats may go either way.
    assert (got[plain] != want[plain]).sum() <= 8


@pytest.mark.parametrize("lanes", [0, 1, 2, 5, 8, 24, 64])
@pytest.mark.parametrize("name", ["exp", "sin", "tan", "sinh", "fmod"])
@pytest.mark.parametrize("dtype", ["f32", "f64"])
def test_any_number_of_lanes(name, dtype, lanes):
    values = np.linspace(-20, 20, 131).astype(NUMPY[dtype])
    arguments = [values, np.full_like(values, 0.7)][: 2 if name == "fmod" else 1]
    got = function(name, dtype, len(arguments), lanes=lanes)(*arguments)
    exact = (np.fmod if name == "fmod" else REFERENCES[name])(*arguments).astype(np.longdouble)
    assert error_in_ulps(got, exact) < 2.5


def test_predicates_and_integers():
    values = np.array([0.0, 1.0, -math.inf, math.nan, 1e-40], np.float32)
    for name, want in {
        "isnan": [0, 0, 0, 1, 0],
        "isinf": [0, 0, 1, 0, 0],
        "isfinite": [1, 1, 0, 0, 1],
        "isnormal": [0, 1, 0, 0, 0],
    }.items():
        loop = Loop(lambda b, v, name=name: emit(b, name, "f32", [v]), "i8", ["float"])
        assert loop(values).tolist() == want
    bits = np.array([0, 1, 0x80000000, 0xFFFFFFF0], np.uint32)
    for name, want in {
        "ctlz": [32, 31, 0, 0],
        "cttz": [32, 0, 31, 4],
        "ctpop": [0, 1, 1, 28],
        "absi": [0, 1, 0x80000000, 16],
    }.items():
        loop = Loop(lambda b, v, name=name: emit(b, name, "i32", [v]), "i32", ["i32"])
        assert loop(bits).tolist() == want


def test_integer_powers():
    x = np.array([2.0, -3.0, 0.5, 1.5, 0.0, -1.0], np.float32)
    n = np.array([10, 3, -2, 0, -1, 16777217], np.int32)
    loop = Loop(lambda b, v, k: emit(b, "fpowi", "f32", [v, k]), "float", ["float", "i32"])
    assert loop(x, n).tolist() == [1024, -27, 4, 1, math.inf, -1]


def test_what_there_is_not_is_said():
    with pytest.raises(UnsupportedOperation, match=r"math\.sincos"):
        function("sincos", "f32")
    with pytest.raises(TritonCpuError, match="no_such_function"):
        externals.address("no_such_function")


def test_threads_are_pytorchs():
    torch.ones(4).sum()
    address = externals.address("GOMP_parallel")
    with open("/proc/self/maps") as maps:
        owners = {
            line.split()[-1]
            for line in maps
            if int(line.split("-")[0], 16) <= address < int(line.split("-")[1].split()[0], 16)
        }
    assert address == 0 or any("omp" in owner for owner in owners)
