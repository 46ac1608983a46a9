"""libdevice's functions by symbol: every `__nv_*` that Triton's front end can name.

Fast variants are the accurate ones here. A float that becomes an integer saturates, and NaN
becomes 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.lowering.casts import convert
from kerneldojo.triton_cpu.lowering.mathlib import bessel, bits, elementary, integers, normal
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr
from kerneldojo.triton_cpu.lowering.mathlib.directed import directed
from kerneldojo.triton_cpu.lowering.mathlib.dispatch import FLOATS
from kerneldojo.triton_cpu.lowering.mathlib.elementary import Function, in_double, outside

_PREFIX = "__nv_"
_INTEGER_TYPES = {"int": "i32", "ll": "i64"}


def libdevice(b: Builder, symbol: str, arguments: Sequence[Value]) -> Value | None:
    """The result of libdevice function `symbol` on scalars or vectors.

    Returns:
        The result, of the type that libdevice declares; None if there is no such function.
    """
    function = _table().get(symbol.removeprefix(_PREFIX))
    if function is None or not symbol.startswith(_PREFIX):
        return None
    return function(*(Expr(b, argument) for argument in arguments)).value


def symbols() -> frozenset[str]:
    """Every symbol `libdevice` knows."""
    return frozenset(_PREFIX + name for name in _table())


@cache
def _table() -> dict[str, Function]:
    table = dict(_INTEGERS)
    for name, function in _BOTH_SIZES.items():
        table[name] = table[f"{name}f"] = function
    table.update(_directed_arithmetic())
    table.update(_conversions())
    table.update(_SINGLE_SYMBOLS)
    return table


def _rounded(intrinsic: str) -> Function:
    return lambda x: x.apply(intrinsic)


def _reciprocal_of(function: Function) -> Function:
    return lambda *xs: 1.0 / function(*xs)


def _flag(predicate: Function) -> Function:
    return lambda x: predicate(x).cast("zext", "i32")


def _signed(function: Function) -> Function:
    return partial(function, signed=True)


def _unsigned(function: Function) -> Function:
    return partial(function, signed=False)


def _to_integer(x: Expr, target: str, rounding: str = "trunc", *, signed: bool = True) -> Expr:
    source = "f32" if x.scalar == "float" else "f64"
    whole = x if rounding == "trunc" else x.apply(rounding)
    return Expr(x.b, convert(x.b, whole.value, source, target, signed=signed))


_hypot = in_double(elementary.hypot)

_BOTH_SIZES: dict[str, Function] = {
    **{name: FLOATS[name] for name in "acos acosh asin asinh atan atan2 atanh cbrt ceil".split()},
    **{name: FLOATS[name] for name in "copysign cos cosh erf erfc exp exp10 exp2 expm1".split()},
    **{name: FLOATS[name] for name in "floor fma fmod log log10 log1p log2 round rsqrt".split()},
    **{name: FLOATS[name] for name in "sin sinh sqrt tan tanh trunc".split()},
    "cospi": elementary.cospi,
    "cyl_bessel_i0": in_double(partial(bessel.modified, order=0)),
    "cyl_bessel_i1": in_double(partial(bessel.modified, order=1)),
    "erfcinv": in_double(normal.erfcinv),
    "erfcx": in_double(normal.erfcx),
    "erfinv": in_double(normal.erfinv),
    "fabs": FLOATS["absf"],
    "fdim": elementary.fdim,
    "hypot": elementary.hypot,
    "ilogb": bits.ilogb,
    "ldexp": bits.ldexp,
    "lgamma": elementary.lgamma,
    "llrint": partial(_to_integer, target="i64", rounding="roundeven"),
    "llround": partial(_to_integer, target="i64", rounding="round"),
    "logb": bits.logb,
    "nearbyint": _rounded("roundeven"),
    "nextafter": bits.next_after,
    "norm3d": _hypot,
    "norm4d": _hypot,
    "normcdf": in_double(normal.cumulative),
    "normcdfinv": in_double(normal.quantile),
    "pow": elementary.power,
    "powi": elementary.powi,
    "rcbrt": in_double(_reciprocal_of(outside("cbrt"))),
    "remainder": outside("remainder"),
    "rhypot": in_double(_reciprocal_of(elementary.hypot)),
    "rint": _rounded("roundeven"),
    "rnorm3d": in_double(_reciprocal_of(elementary.hypot)),
    "rnorm4d": in_double(_reciprocal_of(elementary.hypot)),
    "scalbn": bits.ldexp,
    "sinpi": elementary.sinpi,
    "tgamma": elementary.tgamma,
    **{
        name: in_double(partial(bessel.bessel, name))
        for name in ("j0", "j1", "jn", "y0", "y1", "yn")
    },
}

_INTEGERS: dict[str, Function] = {
    "abs": integers.absolute,
    "llabs": integers.absolute,
    "brev": integers.reversed_bits,
    "brevll": integers.reversed_bits,
    "byte_perm": integers.byte_permute,
    "clz": integers.leading_zeros,
    "clzll": lambda x: integers.as_i32(integers.leading_zeros(x)),
    "ffs": integers.first_set,
    "ffsll": lambda x: integers.as_i32(integers.first_set(x)),
    "popc": integers.ones,
    "popcll": lambda x: integers.as_i32(integers.ones(x)),
    "hadd": _signed(integers.average),
    "uhadd": _unsigned(integers.average),
    "rhadd": _signed(integers.rounded_average),
    "urhadd": _unsigned(integers.rounded_average),
    "mul24": _signed(integers.multiply_24),
    "umul24": _unsigned(integers.multiply_24),
    "mulhi": _signed(integers.multiply_high),
    "umulhi": _unsigned(integers.multiply_high),
    "mul64hi": _signed(integers.multiply_high),
    "umul64hi": _unsigned(integers.multiply_high),
    "sad": _signed(integers.sum_of_difference),
    "usad": _unsigned(integers.sum_of_difference),
}

_SINGLE_SYMBOLS: dict[str, Function] = {
    **{f"fast_{name}f": FLOATS[name] for name in "cos exp exp10 log log10 log2 sin tan".split()},
    "fast_fdividef": lambda x, y: x / y,
    "fast_powf": elementary.power,
    "finitef": _flag(bits.is_finite),
    "isfinited": _flag(bits.is_finite),
    "isinff": _flag(bits.is_infinite),
    "isinfd": _flag(bits.is_infinite),
    "isnanf": _flag(Expr.is_nan),
    "isnand": _flag(Expr.is_nan),
    "signbitf": bits.sign_bit,
    "signbitd": bits.sign_bit,
    "saturatef": bits.saturate,
    "rcp64h": bits.reciprocal_of_high_half,
    "frsqrt_rn": in_double(elementary.rsqrt),
    "double2hiint": bits.high_half,
    "double2loint": bits.low_half,
    "hiloint2double": bits.double_from_halves,
    "float_as_int": Expr.bits,
    "float_as_uint": Expr.bits,
    "double_as_longlong": Expr.bits,
    "int_as_float": Expr.as_float,
    "uint_as_float": Expr.as_float,
    "longlong_as_double": Expr.as_float,
}


def _directed_arithmetic() -> Iterator[tuple[str, Function]]:
    """Arithmetic whose name ends in a rounding mode."""
    for size in "fd":
        for name in ("add", "sub", "mul", "div"):
            for mode in ("rz", "ru", "rd"):
                yield f"{size}{name}_{mode}", partial(directed, f"f{name}", mode)
        yield f"{size}add_rn", lambda x, y: x + y
        yield f"{size}sub_rn", lambda x, y: x - y
        yield f"{size}mul_rn", lambda x, y: x * y
        yield f"{size}div_rn", lambda x, y: x / y
        yield f"{size}rcp_rn", lambda x: 1.0 / x
        yield f"{size}sqrt_rn", elementary.sqrt
        yield f"fma{size.replace('d', '')}_rn", elementary.fma
        for mode in ("rz", "ru", "rd"):
            yield f"{size}rcp_{mode}", partial(_directed_reciprocal, mode)
            yield f"{size}sqrt_{mode}", partial(directed, "sqrt", mode)
            yield f"fma{size.replace('d', '')}_{mode}", partial(directed, "fma", mode)


def _directed_reciprocal(mode: str, x: Expr) -> Expr:
    return directed("fdiv", mode, x.like(1.0), x)


def _conversions() -> Iterator[tuple[str, Function]]:
    """Conversions, named as in `double2uint_rd` and `ull2float_rn`."""
    steps = {"rn": "roundeven", "rz": "trunc", "rd": "floor", "ru": "ceil"}
    for mode, step in steps.items():
        yield f"double2float_{mode}", partial(_from_number, "fptrunc", mode, "float")
        for real in ("float", "double"):
            for whole in ("int", "ll"):
                for prefix, sign, signed in (("", "s", True), ("u", "u", False)):
                    name = f"{prefix}{whole}"
                    yield (
                        f"{real}2{name}_{mode}",
                        partial(
                            _to_integer, target=_INTEGER_TYPES[whole], rounding=step, signed=signed
                        ),
                    )
                    yield f"{name}2{real}_{mode}", partial(_from_number, f"{sign}itofp", mode, real)


def _from_number(opcode: str, mode: str, target: str, x: Expr) -> Expr:
    if mode == "rn" or (x.scalar == "i32" and target == "double"):
        return x.cast(opcode, target)
    return directed(opcode, mode, x, to=target)
