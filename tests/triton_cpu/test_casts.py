"""Every conversion between element types, against PyTorch and exact arithmetic."""

import math

import numpy as np
import pytest
import torch

from kerneldojo.triton_cpu.lowering.casts import convert
from kerneldojo.triton_cpu.lowering.elements import register
from kerneldojo.triton_cpu.lowering.formats import SMALL_FLOATS
from tests.triton_cpu.llvm_harness import Loop, narrow_host

TORCH = {
    "f64": torch.float64,
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f8E5M2": torch.float8_e5m2,
    "f8E4M3FN": torch.float8_e4m3fn,
    "f8E5M2FNUZ": torch.float8_e5m2fnuz,
    "f8E4M3FNUZ": torch.float8_e4m3fnuz,
}
FLOATS = [*TORCH, "f8E4M3B11FNUZ"]
SMALL = [name for name in FLOATS if name in SMALL_FLOATS]
HOSTS = [512, 256, 128]


def cast(source, target, bits=512, lanes=16, **options):
    def emit(b, value):
        return convert(b, value, source, target, **options)

    return Loop(emit, register(target), [register(source)], lanes, narrow_host(bits))


def every_code(kind):
    bits = SMALL_FLOATS[kind].bits
    return np.arange(1 << bits, dtype=np.uint8 if bits == 8 else np.uint16)


def decoded(kind, codes):
    """What codes mean, by arithmetic on Python's floats."""
    layout = SMALL_FLOATS[kind]
    out = np.empty(codes.size)
    for i, code in enumerate(codes.tolist()):
        sign, size = code >> (layout.bits - 1), code & ((1 << (layout.bits - 1)) - 1)
        exponent, mantissa = size >> layout.mantissa, size & ((1 << layout.mantissa) - 1)
        number = math.ldexp(mantissa, 1 - layout.bias - layout.mantissa)
        if exponent:
            number = math.ldexp(1 + mantissa / (1 << layout.mantissa), exponent - layout.bias)
        if layout.infinity is not None and size >= layout.infinity:
            number = math.inf if size == layout.infinity else math.nan
        elif size == layout.nan or (layout.negative_zero_is_nan and code == 1 << (layout.bits - 1)):
            number = math.nan
        out[i] = -number if sign else number
    return out


def samples(dtype):
    """Numbers around every boundary of the small formats, and everywhere else."""
    random = np.random.default_rng(7)
    bits = random.integers(0, 1 << 32, 60_000, dtype=np.uint64).astype(np.uint32)
    values = [torch.from_numpy(bits.view(np.float32)).double().numpy()]
    for kind in SMALL:
        codes = every_code(kind)[:: 1 if SMALL_FLOATS[kind].bits == 8 else 41]
        with np.errstate(invalid="ignore"):
            exact = decoded(kind, codes)
            middles = (exact[1:] + exact[:-1]) / 2
            for shift in (0, 1e-15, -1e-15, 1e-7, -1e-7, 1e-4, -1e-4):
                values += [exact * (1 + shift), middles * (1 + shift)]
    special = [
        0.0,
        -0.0,
        np.inf,
        -np.inf,
        np.nan,
        65519.99,
        65520.0,
        448.0,
        464.0,
        57344.0,
        61440.0,
    ]
    whole = np.concatenate([*values, special])
    with np.errstate(over="ignore"):
        return whole if dtype == "f64" else whole.astype(np.float32)


def nearest(kind, values, toward_zero=False, saturate=True):
    """Codes by searching the format's finite numbers, in double precision."""
    layout = SMALL_FLOATS[kind]
    codes = np.arange(layout.largest + 1)
    grid = decoded(kind, codes)
    size = np.abs(values.astype(np.float64))
    below = np.clip(np.searchsorted(grid, size, side="right") - 1, 0, layout.largest)
    step = np.append(np.diff(grid), grid[-1] - grid[-2])[below]
    with np.errstate(invalid="ignore"):
        rest = size - grid[below]
    up = (rest > step / 2) | ((rest == step / 2) & (below % 2 == 1))
    code = below if toward_zero else below + up
    limit = layout.infinity if layout.infinity is not None else layout.nan
    saturate = (saturate and layout.bits == 8) or limit is None
    code = np.where(code > layout.largest, layout.largest if saturate else limit, code)
    code = np.where(np.isinf(size), layout.largest if saturate else limit, code)
    code = np.where(np.isnan(size), layout.nan if layout.nan is not None else layout.largest, code)
    sign = np.signbit(values).astype(int) << (layout.bits - 1)
    if layout.negative_zero_is_nan:
        sign = np.where(code == 0, 0, sign)
    return (code | sign).astype(np.uint8 if layout.bits == 8 else np.uint16)


def same_numbers(left, right):
    return np.array_equal(left, right, equal_nan=True) and np.array_equal(
        np.signbit(left) & ~np.isnan(left), np.signbit(right) & ~np.isnan(right)
    )


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("kind", SMALL)
def test_every_code_widens_exactly(kind, bits):
    codes = every_code(kind)
    got = torch.from_numpy(cast(kind, "f32", bits)(codes)).double().numpy()
    assert same_numbers(got, decoded(kind, codes))


@pytest.mark.parametrize("kind", SMALL)
def test_every_code_survives_the_way_through_f64(kind):
    codes = every_code(kind)
    there = cast(kind, "f64")(codes)
    back = cast("f64", kind)(there).view(codes.dtype)
    layout = SMALL_FLOATS[kind]
    finite = np.abs(decoded(kind, codes)) <= decoded(kind, np.array([layout.largest]))
    assert np.array_equal(back[finite], codes[finite])


@pytest.mark.parametrize("bits", HOSTS)
@pytest.mark.parametrize("toward_zero", [False, True])
@pytest.mark.parametrize("source", ["f64", "f32"])
@pytest.mark.parametrize("kind", SMALL)
def test_narrowing_takes_the_right_neighbour(kind, source, toward_zero, bits):
    values = samples(source)
    got = cast(source, kind, bits, rounding="rtz" if toward_zero else "rtne")(values)
    want = nearest(kind, values, toward_zero)
    got = got.view(want.dtype)
    numbers = ~np.isnan(values)
    assert np.array_equal(got[numbers], want[numbers])
    if SMALL_FLOATS[kind].nan is not None:
        assert np.isnan(decoded(kind, got[~numbers])).all()


@pytest.mark.parametrize("kind", [name for name in SMALL if name in TORCH])
def test_pytorch_saturates_one_kind_only(kind):
    values = samples("f32")
    want = torch.from_numpy(values).to(TORCH[kind]).float().numpy()
    got = cast("f32", kind, saturate=kind == "f8E4M3FN")(values)
    assert same_numbers(cast(kind, "f32")(got), want)


@pytest.mark.parametrize("source", SMALL)
@pytest.mark.parametrize("target", SMALL)
def test_small_to_small(source, target):
    codes = every_code(source)
    values = decoded(source, codes)
    numbers = ~np.isnan(values)
    got = cast(source, target)(codes)
    if source != target:
        assert np.array_equal(
            got.view(every_code(target).dtype)[numbers], nearest(target, values)[numbers]
        )


def test_f64_to_f32_both_ways():
    random = np.random.default_rng(3)
    bits = random.integers(0, 1 << 63, 50_000, dtype=np.int64) * 2
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.concatenate([bits.view(np.float64), samples("f64"), random.normal(size=20_000)])
        want = values.astype(np.float32)
        assert same_numbers(cast("f64", "f32")(values), want)
        past = np.abs(want.astype(np.float64)) > np.abs(values)
        toward = np.where(past, np.nextafter(want, np.float32(0)), want)
    assert same_numbers(cast("f64", "f32", rounding="rtz")(values), toward)


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("source", ["f64", "f32", "f16", "bf16"])
def test_float_to_integer_saturates(source, bits, signed):
    random = np.random.default_rng(5)
    edges = [
        0.5,
        0.99,
        1,
        2,
        127,
        128,
        255.9,
        256,
        32767,
        65535,
        2.0**31,
        2.0**32,
        2.0**63,
        2.0**64,
    ]
    special = [np.nan, np.inf, -np.inf, -0.0, 1e30]
    spread = random.normal(size=4_000) * 2.0 ** random.integers(0, 66, 4_000)
    wide = torch.tensor([*edges, *(-x for x in edges), *special, *spread], dtype=torch.float64)
    stored = wide.to(TORCH[source])
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)

    def one(value):
        if math.isnan(value):
            return 0
        return high if value >= high else low if value <= low else int(value)

    want = [one(value) & ((1 << bits) - 1) for value in stored.double().tolist()]
    raw = stored.view(torch.int16).numpy() if source == "bf16" else stored.numpy()
    got = cast(source, f"i{bits}", signed=signed)(raw)
    assert got.tolist() == want


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
@pytest.mark.parametrize("target", ["f64", "f32", "f16", "bf16"])
def test_integer_to_float(target, bits, signed):
    random = np.random.default_rng(9)
    raw = random.integers(0, 1 << 63, 5_000, dtype=np.int64) * 2 + random.integers(0, 2, 5_000)
    kind = np.dtype(f"{'i' if signed else 'u'}{bits // 8}")
    values = np.concatenate(
        [(raw >> random.integers(0, 64, 5_000)).astype(kind), np.zeros(1, kind)]
    )
    got = cast(f"i{bits}", target, signed=signed)(values)
    if target == "f64":
        assert np.array_equal(got, values.astype(np.float64))
        return
    want = torch.from_numpy(values.astype(np.float32)).to(TORCH[target])
    assert torch.equal(torch.from_numpy(got).view(TORCH[target]), want)


def test_integers_change_size():
    values = np.array([0, 1, 0x7F, 0x80, 0xFF], np.uint8)
    assert cast("i8", "i32")(values).view(np.int32).tolist() == [0, 1, 127, -128, -1]
    assert cast("i8", "i64", signed=False)(values).tolist() == [0, 1, 127, 128, 255]
    wide = np.array([0x1234, 0x8001, 0xFFFF], np.uint16)
    assert cast("i16", "i8")(wide).tolist() == [0x34, 0x01, 0xFF]
    assert cast("i16", "i8", signed=False)(wide).tolist() == [0x34, 0x01, 0xFF]


def test_truth_values():
    def truth(source, target, **options):
        def emit(b, value):
            flags = convert(b, value, source, "i1", **options)
            return convert(b, flags, "i1", target, **options)

        return Loop(emit, register(target), [register(source)])

    bits = np.array([0, 1, 2, 3], np.uint16)
    assert truth("i16", "i16", signed=False)(bits).tolist() == [0, 1, 0, 1]
    assert truth("i16", "f32")(bits).tolist() == [0, -1, 0, -1]
    numbers = np.array([0.0, -0.0, 0.25, np.nan], np.float32)
    assert truth("f32", "f32", signed=False)(numbers).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("lanes", [0, 1, 3, 32])
def test_scalars_and_odd_widths(lanes):
    values = np.linspace(-500, 500, 97, dtype=np.float32)
    assert np.array_equal(cast("f32", "f8E4M3FN", lanes=lanes)(values), nearest("f8E4M3FN", values))
    halves = torch.from_numpy(values).bfloat16()
    assert np.array_equal(
        cast("f32", "bf16", lanes=lanes)(values), halves.view(torch.int16).numpy().view(np.uint16)
    )
