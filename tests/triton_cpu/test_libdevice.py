"""libdevice's functions: that all are there, and what they give."""

import ast
import math
from pathlib import Path

import numpy as np
import pytest
import triton

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.llvm.types import vector
from kerneldojo.triton_cpu.lowering.mathlib import libdevice
from kerneldojo.triton_cpu.lowering.mathlib.symbols import symbols
from tests.triton_cpu.llvm_harness import NUMPY, Loop, called_by_name, narrow_host

LLVM = {
    "int32": "i32", "uint32": "i32", "int64": "i64", "uint64": "i64",
    "fp32": "float", "fp64": "double",
}  # fmt: skip
SIZES = [("", "double"), ("f", "float")]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def signatures():
    """`(symbol, argument types, result type)` of all that Triton's front end can name."""
    path = Path(triton.__file__).parent / "language/extra/cuda/libdevice.py"
    found = []
    for table in (
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Dict)
    ):
        for key, value in zip(table.keys, table.values, strict=True):
            symbol, result = value.elts
            types = [LLVM[kind.args[0].value] for kind in key.elts]
            found.append((symbol.value, types, LLVM[result.args[0].value]))
    return found


SIGNATURES = signatures()
TYPES = {symbol: (types, result) for symbol, types, result in SIGNATURES}


def function(symbol, bits=512, lanes=16):
    types, result = TYPES[symbol]
    return Loop(lambda b, *v: libdevice(b, symbol, v), result, types, lanes, narrow_host(bits))


def call(symbol, *columns, bits=512):
    """Calls with columns of Python numbers; integers come back unsigned."""
    types, _ = TYPES[symbol]
    arrays = []
    for scalar, column in zip(types, columns, strict=True):
        if scalar[0] == "i":
            column = [number & ((1 << int(scalar[1:])) - 1) for number in column]
        arrays.append(np.array(column, NUMPY[scalar]))
    return function(symbol, bits)(*arrays).tolist()


def test_none_is_missing():
    assert {symbol for symbol, _, _ in SIGNATURES} <= symbols()
    assert len(SIGNATURES) > 300


@pytest.mark.parametrize("bits", [512, 128])
@pytest.mark.parametrize("lanes", [0, 16])
def test_all_compile_to_the_declared_type_and_call_nothing_by_name(bits, lanes):
    module = Module(host=narrow_host(bits))
    for place, (symbol, types, result) in enumerate(SIGNATURES):
        whole = [vector(scalar, lanes) if lanes else scalar for scalar in (*types, result)]
        values = [Value(type, f"%x{at}") for at, type in enumerate(whole[:-1])]
        b = Builder(module, f"define {whole[-1]} @f{place}({', '.join(map(str, values))})")
        got = libdevice(b, symbol, values)
        assert got is not None, symbol
        assert got.type == whole[-1], symbol
        b.ret(got)
        module.functions.append(b.finish())
    assert called_by_name(module, module.host) == set()


def test_unknown_symbols_are_none():
    def write(b, value):
        assert libdevice(b, "__nv_no_such_function", [value]) is None
        assert libdevice(b, "sinf", [value]) is None
        return value

    Loop(write, "float", ["float"])


KNOWN = {
    "erfcx": {
        -5.25: 1867547484791.3345,
        -0.5: 1.952360489182557,
        0.75: 0.5069376502931449,
        3.5: 0.1552936556088943,
        11.75: 0.04784409793533709,
        12.5: 0.04499209900102792,
        40.0: 0.014100335983377814,
        1000000000.0: 5.641895835477563e-10,
    },
    "normcdf": {
        -37.5: 4.605353009581955e-308,
        -12.25: 8.399796063633417e-35,
        -1.5: 0.06680720126885807,
        0.375: 0.6461697666727237,
        2.75: 0.9970202367649454,
    },
    "erfinv": {
        -0.9375: -1.3171503349861307,
        0.0009765625: 0.0008654561979671376,
        0.3125: 0.28443374892172363,
        0.875: 1.0847870400692832,
        0.9999990463256836: 3.465505025803331,
    },
    "erfcinv": {
        9.332636185032189e-302: 26.25464242249641,
        9.094947017729282e-13: 5.05125408524939,
        0.125: 1.0847870400692832,
        0.9375: 0.05544594877278202,
        1.75: -0.8134198475976185,
    },
    "normcdfinv": {
        1.1830521861667747e-271: -35.19522149319814,
        9.313225746154785e-10: -6.009353565530744,
        0.4375: -0.1573106846101707,
        0.75: 0.6744897501960817,
    },
    "cyl_bessel_i0": {
        -2.5: 3.289839144050123,
        0.125: 1.0039100663533544,
        12.0: 18948.925349296307,
        29.5: 478144163888.0398,
        31.0: 2089962966491.9038,
        700.5: 2.5209725792992755e302,
    },
    "cyl_bessel_i1": {
        -2.5: -2.5167162452886984,
        0.125: 0.06262214981123483,
        12.0: 18141.348781638833,
        29.5: 469968885416.2773,
        31.0: 2055972795294.5647,
        700.5: 2.5191725267858914e302,
    },
    "j0": {0.5: 0.9384698072408129, 4.25: -0.3691997702998954, -19.0: 0.1466294396596512},
    "j1": {0.5: 0.2422684576748739, 4.25: -0.15555319297834272, -19.0: 0.10570143114240926},
    "y0": {0.5: -0.44451873350670656, 4.25: -0.1119188511616075, 19.0: -0.10951969138534148},
    "y1": {0.5: -1.471472392670243, 4.25: 0.358568893083851, 19.0: -0.1495601138626533},
    "sinpi": {
        0.25: 0.7071067811865476,
        -1.125: 0.3826834323650898,
        3.0: 0.0,
        1000000.375: 0.9238795325112867,
    },
    "cospi": {
        0.25: 0.7071067811865476,
        -1.125: -0.9238795325112867,
        3.5: 0.0,
        1000000.375: 0.3826834323650898,
    },
    "lgamma": {
        -3.75: -1.3172679424463636,
        0.125: 2.0194183575537963,
        2.5: 0.2846828704729192,
        171.5: 709.1431630309282,
        10000000000.0: 220258509288.81058,
    },
    "tgamma": {
        -3.75: 0.2678661288614166,
        0.125: 7.533941598797612,
        5.0: 24.0,
        33.5: 1.505856975626702e36,
    },
    "rcbrt": {0.125: 2.0, -27.0: -0.3333333333333333, 5.0: 0.5848035476425733},
    "exp10": {-3.5: 0.00031622776601683794, 0.25: 1.7782794100389228, 20.0: 1e20},
}


@pytest.mark.parametrize("bits", [512, 256, 128])
@pytest.mark.parametrize(("suffix", "scalar"), SIZES)
@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name, suffix, scalar, bits):
    """Measured on thousands of values: f32 0.5 ulp; f64 4, but 9 for the modified Bessel's."""
    limit = 1e37 if suffix else math.inf
    known = {
        x: y for x, y in KNOWN[name].items() if float(NUMPY[scalar](x)) == x and abs(y) < limit
    }
    known = {x: y for x, y in known.items() if not suffix or abs(y) > 1e-37 or y == 0}
    want = np.array(list(known.values()), NUMPY[scalar])
    got = np.array(call(f"__nv_{name}{suffix}", list(known), bits=bits), NUMPY[scalar])
    bound = 0 if suffix else 10 if "bessel" in name else 4
    assert (np.abs(got - want) <= bound * np.spacing(np.abs(want))).all()


EDGES = {
    "erfcx": [(math.inf, 0.0), (-math.inf, math.inf), (-27.0, math.inf)],
    "normcdf": [(math.inf, 1.0), (-math.inf, 0.0), (0.0, 0.5)],
    "erfinv": [(1.0, math.inf), (-1.0, -math.inf), (0.0, 0.0), (1.5, math.nan)],
    "erfcinv": [(0.0, math.inf), (2.0, -math.inf), (1.0, 0.0), (-1.0, math.nan), (3.0, math.nan)],
    "normcdfinv": [(0.0, -math.inf), (1.0, math.inf), (0.5, -0.0), (2.0, math.nan)],
    "cyl_bessel_i0": [(0.0, 1.0), (math.inf, math.inf), (-math.inf, math.inf)],
    "cyl_bessel_i1": [(0.0, 0.0), (math.inf, math.inf), (-math.inf, -math.inf)],
    "j0": [(0.0, 1.0), (math.inf, 0.0)],
    "y0": [(0.0, -math.inf), (-1.0, math.nan)],
    "tgamma": [(0.0, math.inf), (-0.0, -math.inf), (-2.0, math.nan), (-math.inf, math.nan)],
    "lgamma": [(0.0, math.inf), (-3.0, math.inf), (-math.inf, math.inf), (1.0, 0.0)],
    "sinpi": [(-0.0, -0.0), (math.inf, math.nan), (1e30, 0.0)],
    "cospi": [(0.0, 1.0), (1e30, 1.0)],
    "logb": [(0.0, -math.inf), (-math.inf, math.inf), (12.0, 3.0), (1e-40, -133.0)],
    "round": [(2.5, 3.0), (-0.5, -1.0), (0.49999997, 0.0)],
    "rint": [(2.5, 2.0), (-0.5, -0.0), (3.5, 4.0)],
}


@pytest.mark.parametrize("suffix", ["", "f"])
@pytest.mark.parametrize("name", EDGES)
def test_edges(name, suffix):
    points, want = zip(*[*EDGES[name], (math.nan, math.nan)], strict=True)
    got = call(f"__nv_{name}{suffix}", points)
    assert np.array_equal(got, np.array(want), equal_nan=True)
    assert [math.copysign(1, x) for x in got if x == 0] == [
        math.copysign(1, x) for x in want if x == 0
    ]


@pytest.mark.parametrize("suffix", ["", "f"])
def test_several_operands(suffix):
    inf, nan = math.inf, math.nan

    def check(name, columns, want):
        got = call(f"__nv_{name}{suffix}", *columns)
        assert np.allclose(got, want, rtol=1e-6 if suffix else 1e-15, atol=0, equal_nan=True), name

    check("hypot", [[3, inf, 1e-30], [4, nan, 0]], [5, inf, 1e-30])
    check("rhypot", [[3, inf, 0], [4, 1, 0]], [0.2, 0, inf])
    check("norm3d", [[2, nan], [3, 1], [6, inf]], [7, inf])
    check("norm4d", [[1, 1e20], [1, 1e20], [1, 1e20], [1, 1e20]], [2, 2e20])
    check("rnorm3d", [[2, 0], [3, 0], [6, 0]], [1 / 7, inf])
    check("rnorm4d", [[1, inf], [1, 1], [1, 1], [1, 1]], [0.5, 0])
    check("fdim", [[3, 1, nan, inf], [1, 3, 1, inf]], [2, 0, nan, 0])
    check("fmod", [[5.5, -5.5, inf, 1, 1], [2, 2, 1, 0, inf]], [1.5, -1.5, nan, nan, 1])
    check("remainder", [[5, 7, -5], [2, 4, 3]], [1, -1, 1])
    check("pow", [[2, -8, 0, -1], [-1, 3, -2, inf]], [0.5, -512, inf, 1])
    check("powi", [[2, -3, 0], [-2, 3, 0]], [0.25, -27, 1])
    check("atan2", [[0.0, 1, -0.0], [-1, 0, -1]], [math.pi, math.pi / 2, -math.pi])
    check("jn", [[0, 2, -1], [0.5, 3, 1]], [0.9384698072408130, 0.4860912605858911, nan])
    check("yn", [[1, 2, -1], [0.5, 3, 1]], [-1.4714723926702430, -0.16040039348492372, nan])


@pytest.mark.parametrize(("suffix", "scalar"), SIZES)
def test_exponents_and_neighbours(suffix, scalar):
    kind = NUMPY[scalar]
    tiny = float(np.finfo(kind).smallest_subnormal)
    huge = float(np.finfo(kind).max)
    random = np.random.default_rng(0)
    x = random.normal(size=2_000).astype(kind) * np.exp2(random.integers(-120, 120, 2_000)).astype(
        kind
    )
    x[:4] = [0.0, tiny, huge, math.inf]
    n = random.integers(-2_400, 2_400, 2_000).astype(np.int32)
    n[500:] //= 12
    for name in ("ldexp", "scalbn"):
        assert np.array_equal(function(f"__nv_{name}{suffix}")(x, n), np.ldexp(x, n))
    start = np.array([0.0, 1, 1, -1, huge, math.inf, 2, math.nan, -0.0], kind)
    goal = np.array([1.0, 2, -2, 1, math.inf, 0, 2, 1, -1], kind)
    got = function(f"__nv_nextafter{suffix}")(start, goal)
    assert np.array_equal(got, np.nextafter(start, goal), equal_nan=True)
    least, most = 1 << 31, (1 << 31) - 1
    points = [0, 1, -5.5, math.inf, math.nan, tiny]
    want = [least, 0, 2, most, least, int(math.log2(tiny)) % (1 << 32)]
    assert call(f"__nv_ilogb{suffix}", points) == want


def test_classes_and_bits():
    points = [0.0, -0.0, 1.5, -math.inf, math.nan]
    for size, (nan, inf, finite) in {
        "f": ("isnanf", "isinff", "finitef"),
        "d": ("isnand", "isinfd", "isfinited"),
    }.items():
        assert call(f"__nv_{nan}", points) == [0, 0, 0, 0, 1]
        assert call(f"__nv_{inf}", points) == [0, 0, 0, 1, 0]
        assert call(f"__nv_{finite}", points) == [1, 1, 1, 0, 0]
        assert call(f"__nv_signbit{size}", points) == [0, 1, 0, 1, 0]
    assert call("__nv_saturatef", [-1, 0.25, 3, math.nan, math.inf]) == [0, 0.25, 1, 0, 1]
    assert call("__nv_double2hiint", [1.0]) == [0x3FF00000]
    assert call("__nv_double2loint", [1 + 2.0**-52]) == [1]
    assert call("__nv_hiloint2double", [0x3FF00000], [1]) == [1 + 2.0**-52]
    assert call("__nv_float_as_int", [1.0]) == [0x3F800000]
    assert call("__nv_longlong_as_double", [0x3FF << 52]) == [1.0]
    coarse = call("__nv_rcp64h", [3.0, 0.0, -0.0, math.inf, 1e-310])
    assert coarse[0] == pytest.approx(1 / 3, rel=2**-20)
    assert coarse[1:] == [math.inf, -math.inf, 0.0, math.inf]
    assert call("__nv_frsqrt_rn", [4.0, 0.0, -1.0])[:2] == [0.5, math.inf]


def test_integers():
    x, y = [5, -7, 0x7FFFFFFF, -(1 << 31)], [3, 9, 0x7FFFFFFF, -1]
    low = 0xFFFFFFFF
    assert call("__nv_clz", [0, 1, -1]) == [32, 31, 0]
    assert call("__nv_clzll", [0, 1, -1]) == [64, 63, 0]
    assert call("__nv_popcll", [0, 0xFF00, -1]) == [0, 8, 64]
    assert call("__nv_ffs", [0, 1, 0x80000000]) == [0, 1, 32]
    assert call("__nv_ffsll", [0, 8, 1 << 63]) == [0, 4, 64]
    assert call("__nv_brev", [1, 0x0F]) == [1 << 31, 0xF0000000]
    assert call("__nv_brevll", [1]) == [1 << 63]
    assert call("__nv_abs", x) == [5, 7, 0x7FFFFFFF, 1 << 31]
    assert call("__nv_hadd", x, y) == [(a + b >> 1) & low for a, b in zip(x, y, strict=True)]
    assert call("__nv_rhadd", x, y) == [(a + b + 1 >> 1) & low for a, b in zip(x, y, strict=True)]
    assert call("__nv_uhadd", [low, 1], [low, 2]) == [low, 1]
    assert call("__nv_urhadd", [low, 1], [low, 2]) == [low, 2]
    assert call("__nv_mulhi", x, y) == [(a * b >> 32) & low for a, b in zip(x, y, strict=True)]
    assert call("__nv_umulhi", [low], [low]) == [low - 1]
    assert call("__nv_mul64hi", [-(1 << 63), 1 << 62], [2, 8]) == [(1 << 64) - 1, 2]
    assert call("__nv_umul64hi", [1 << 63], [6]) == [3]
    assert call("__nv_mul24", [0x800000, 0x1000003], [2, 5]) == [-(1 << 24) & low, 15]
    assert call("__nv_umul24", [0x800000, 0x1000003], [2, 5]) == [1 << 24, 15]
    assert call("__nv_sad", x, y, [1, 1, 1, 1]) == [3, 17, 1, 1 << 31]
    assert call("__nv_usad", [1, low], [low, 1], [1, 2]) == [low, 0]
    assert call("__nv_byte_perm", [0x33221100], [0x77665544], [0x7250]) == [0x77225500]


def test_fast_variants_and_rounding_to_integers():
    assert call("__nv_fast_fdividef", [1.0], [4.0]) == [0.25]
    assert call("__nv_fast_powf", [2.0], [3.0]) == [8.0]
    for name in ("exp", "sin", "cos", "tan", "log", "log2", "log10", "exp10"):
        assert call(f"__nv_fast_{name}f", [0.75]) == call(f"__nv_{name}f", [0.75])
    assert call("__nv_llrint", [2.5, -3.5, 1e30]) == [2, (1 << 64) - 4, (1 << 63) - 1]
    assert call("__nv_llround", [2.5, -3.5]) == [3, (1 << 64) - 4]
