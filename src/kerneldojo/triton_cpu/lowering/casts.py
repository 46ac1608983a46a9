"""Conversions between element types.

What the processor has no instruction for is done with integer arithmetic on vectors. Where the
languages around Triton disagree, this follows what Triton does on NVIDIA GPUs:

* A float too large for an 8-bit float becomes its largest finite value, infinities included
  (`cvt.satfinite`), as in PyTorch for f8E4M3FN; `saturate=False` gives infinity or else NaN, as
  in PyTorch for the other kinds. Wider targets always get infinity. Rounding toward zero turns
  no finite number into another kind.
* A float becomes the nearest integer toward zero that the target holds; NaN becomes 0.
* An integer reaches a 16-bit float by way of f32.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import element, lanes, vector
from kerneldojo.triton_cpu.lowering.elements import is_float
from kerneldojo.triton_cpu.lowering.formats import SMALL_FLOATS, SmallFloat

_SIGN = 0x80000000
_INFINITY = 0x7F800000


def convert(
    b: Builder,
    value: Value,
    source: str,
    target: str,
    *,
    rounding: str = "rtne",
    signed: bool = True,
    saturate: bool = True,
) -> Value:
    """`value` of element type `source` as `target`, lane by lane.

    Args:
        b: Where to write.
        value: A scalar or vector in the register form of `source`.
        source: The element type as MLIR names it.
        target: Likewise.
        rounding: "rtne" or "rtz", for a float that becomes a smaller float.
        signed: Whether the integer on either side has a sign.
        saturate: Whether an 8-bit float too small for the value takes its largest finite value.
    """
    if source == target:
        return value
    if is_float(source) and is_float(target):
        return _float_to_float(b, value, source, target, rounding == "rtz", saturate)
    if is_float(source):
        return _float_to_integer(b, widen(b, value, source), target, signed)
    if is_float(target):
        wide = "double" if target == "f64" else "float"
        number = b.cast("sitofp" if signed else "uitofp", value, wide)
        return narrow(b, number, target)
    return _resize(b, value, target, signed)


def widen(b: Builder, value: Value, dtype: str) -> Value:
    """A small float as f32, exactly; f32 and f64 stay as they are."""
    if dtype in ("f32", "f64"):
        return value
    if dtype == "bf16":
        high = b.op("shl", b.cast("zext", value, "i32"), _i32(b, value, 16))
        return b.cast("bitcast", high, "float")
    if dtype == "f16" and b.module.host.half_conversions:
        return b.cast("fpext", value, "float")
    return _decode(b, value, SMALL_FLOATS[dtype])


def narrow(b: Builder, value: Value, dtype: str) -> Value:
    """An f32 rounded to nearest even in `dtype`; f32 and f64 stay as they are."""
    if dtype in ("f32", "f64"):
        return value
    return _shrink(b, value, dtype, toward_zero=False, saturate=True)


def _float_to_float(
    b: Builder, value: Value, source: str, target: str, toward_zero: bool, saturate: bool
) -> Value:
    if target == "f64":
        return b.cast("fpext", widen(b, value, source), "double")
    if source == "f64":
        if target == "f32" and not toward_zero:
            return b.cast("fptrunc", value, "float")
        value = _f64_toward_zero(b, value)[0] if target == "f32" else _f64_to_odd(b, value)
    else:
        value = widen(b, value, source)
    return value if target == "f32" else _shrink(b, value, target, toward_zero, saturate)


def _shrink(b: Builder, value: Value, target: str, toward_zero: bool, saturate: bool) -> Value:
    if target == "bf16":
        return _bfloat(b, value, toward_zero)
    if target == "f16" and not toward_zero and b.module.host.half_conversions:
        return b.cast("fptrunc", value, "half")
    return _encode(b, value, SMALL_FLOATS[target], toward_zero, saturate and target != "f16")


# -- f64 to f32, not to nearest -----------------------------------------------------------------


def _f64_toward_zero(b: Builder, value: Value) -> tuple[Value, Value]:
    """The f32 nearest on the side of zero, and whether it differs from `value`."""
    near = b.cast("fptrunc", value, "float")
    back = b.cast("fpext", near, "double")
    beyond = b.fcmp("ogt", b.intrinsic("fabs", back), b.intrinsic("fabs", value))
    infinite = b.fcmp("oeq", b.intrinsic("fabs", value), b.const(value.type, float("inf")))
    beyond = b.select(infinite, b.const(infinite.type, False), beyond)
    bits = b.cast("bitcast", near, "i32")
    lower = b.op("sub", bits, b.cast("zext", beyond, "i32"))
    return b.cast("bitcast", lower, "float"), b.fcmp("one", back, value)


def _f64_to_odd(b: Builder, value: Value) -> Value:
    """An f32 whose last bit remembers that something was cut off.

    Rounding such a number again, to a format two bits smaller or more, gives what rounding the
    f64 directly would have given.
    """
    cut, inexact = _f64_toward_zero(b, value)
    bits = b.op("or", b.cast("bitcast", cut, "i32"), b.cast("zext", inexact, "i32"))
    return b.cast("bitcast", bits, "float")


# -- f32 to small floats ------------------------------------------------------------------------


def _bfloat(b: Builder, value: Value, toward_zero: bool) -> Value:
    """The upper half of the bits; to the nearest even, a bit less than half a step is added."""
    bits = b.cast("bitcast", value, "i32")
    rounded = bits
    if not toward_zero:
        odd = b.icmp("ne", b.op("and", bits, _i32(b, value, 0x10000)), _i32(b, value, 0))
        carry = b.select(odd, _i32(b, value, 0x8000), _i32(b, value, 0x7FFF))
        rounded = b.op("add", bits, carry)
    quiet = b.op("or", bits, _i32(b, value, 0x400000))
    rounded = b.select(b.fcmp("uno", value, value), quiet, rounded)
    count = lanes(value.type)
    if not count:
        return b.cast("trunc", b.op("lshr", rounded, _i32(b, value, 16)), "i16")
    # One shuffle, where shifting and truncating would take two instructions a register.
    halves = b.emit(vector("i16", 2 * count), f"bitcast {rounded} to {vector('i16', 2 * count)}")
    return b.shuffle(halves, None, range(1, 2 * count, 2))


def _encode(b: Builder, value: Value, kind: SmallFloat, toward_zero: bool, saturate: bool) -> Value:
    """Any f32 as the code of a smaller format."""
    bits = b.cast("bitcast", value, "i32")
    size = b.op("and", bits, _i32(b, value, _SIGN - 1))
    code = b.select(
        b.icmp("ult", size, _i32(b, value, (128 - kind.bias) << 23)),
        _subnormal_code(b, size, kind, toward_zero),
        _normal_code(b, size, kind, toward_zero),
    )
    code = _overflow(b, size, code, kind, toward_zero, saturate)
    sign = b.op("lshr", b.op("and", bits, _i32(b, value, _SIGN)), _i32(b, value, 32 - kind.bits))
    if kind.negative_zero_is_nan:
        zero = _i32(b, value, 0)
        sign = b.select(b.icmp("eq", code, zero), zero, sign)
    coded = b.cast("trunc", b.op("or", code, sign), f"i{kind.bits}")
    return b.cast("bitcast", coded, "half") if kind is SMALL_FLOATS["f16"] else coded


def _normal_code(b: Builder, size: Value, kind: SmallFloat, toward_zero: bool) -> Value:
    shift = 23 - kind.mantissa
    rebias = (127 - kind.bias) << kind.mantissa
    if not toward_zero:
        odd = b.op("and", b.op("lshr", size, _i32(b, size, shift)), _i32(b, size, 1))
        size = b.op("add", size, b.op("add", odd, _i32(b, size, (1 << (shift - 1)) - 1)))
    return b.op("sub", b.op("lshr", size, _i32(b, size, shift)), _i32(b, size, rebias))


def _subnormal_code(b: Builder, size: Value, kind: SmallFloat, toward_zero: bool) -> Value:
    """The count of smallest steps in a number below the first normal one."""
    number = b.cast("bitcast", size, "float")
    step = 1 - kind.bias - kind.mantissa
    if toward_zero:
        steps = b.op("fmul", number, b.const(number.type, 2.0**-step))
        return b.cast("fptosi", steps, "i32")
    # The unit in the last place of this addend is one step: the addition does the rounding.
    addend = b.const(number.type, 2.0 ** (23 + step))
    total = b.cast("bitcast", b.op("fadd", number, addend), "i32")
    return b.op("sub", total, b.cast("bitcast", addend, "i32"))


def _overflow(
    b: Builder, size: Value, code: Value, kind: SmallFloat, toward_zero: bool, saturate: bool
) -> Value:
    """Codes past the largest, infinities and NaN."""
    largest = _i32(b, size, kind.largest)
    beyond = kind.infinity if kind.infinity is not None else kind.nan
    if saturate or beyond is None:
        code = b.intrinsic("umin", code, largest)
    elif toward_zero:
        infinite = b.icmp("eq", size, _i32(b, size, _INFINITY))
        code = b.intrinsic("umin", code, largest)
        code = b.select(infinite, _i32(b, size, beyond), code)
    else:
        code = b.select(b.icmp("ugt", code, largest), _i32(b, size, beyond), code)
    if kind.nan is None:
        return code
    no_number = b.icmp("ugt", size, _i32(b, size, _INFINITY))
    return b.select(no_number, _i32(b, size, kind.nan), code)


# -- small floats to f32 ------------------------------------------------------------------------


def _decode(b: Builder, value: Value, kind: SmallFloat) -> Value:
    """Any code of a small format as f32."""
    code = b.cast("zext", b.cast("bitcast", value, f"i{kind.bits}"), "i32")
    size = b.op("and", code, _i32(b, code, (1 << (kind.bits - 1)) - 1))
    shifted = b.op("shl", size, _i32(b, code, 23 - kind.mantissa))
    normal = b.op("add", shifted, _i32(b, code, (127 - kind.bias) << 23))
    if kind.infinity is not None:
        exponents = (1 << (kind.bits - 1 - kind.mantissa)) - 1
        special = b.op("add", shifted, _i32(b, code, (255 - exponents) << 23))
        normal = b.select(b.icmp("uge", size, _i32(b, code, kind.infinity)), special, normal)
    elif kind.nan is not None and not kind.negative_zero_is_nan:
        no_number = b.icmp("eq", size, _i32(b, code, kind.nan))
        normal = b.select(no_number, _i32(b, code, _INFINITY | 1 << 22), normal)
    # A multiplication of the mantissa: a subnormal f32 would be slow to work with.
    steps = b.cast("sitofp", size, "float")
    small = b.op("fmul", steps, b.const(steps.type, 2.0 ** (1 - kind.bias - kind.mantissa)))
    is_small = b.icmp("ult", size, _i32(b, code, 1 << kind.mantissa))
    bits = b.select(is_small, b.cast("bitcast", small, "i32"), normal)
    top = b.op("shl", code, _i32(b, code, 32 - kind.bits))
    bits = b.op("or", bits, b.op("and", top, _i32(b, code, _SIGN)))
    if kind.negative_zero_is_nan:
        no_number = b.icmp("eq", code, _i32(b, code, 1 << (kind.bits - 1)))
        bits = b.select(no_number, _i32(b, code, _INFINITY | 1 << 22), bits)
    return b.cast("bitcast", bits, "float")


# -- integers -----------------------------------------------------------------------------------


def _float_to_integer(b: Builder, value: Value, target: str, signed: bool) -> Value:
    """The nearest integer toward zero that `target` holds.

    LLVM has an intrinsic for it, which x86 does one lane at a time.
    """
    zero = b.const(value.type, 0.0)
    if target == "i1":
        return b.fcmp("une", value, zero)
    bits = int(target[1:])
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    value = b.select(b.fcmp("ord", value, value), value, zero)
    least = b.const(value.type, float(low))
    value = b.select(b.fcmp("ogt", value, least), value, least)
    opcode = "fptosi" if signed else "fptoui"
    if bits < (53 if element(value.type) == "double" else 24):
        most = b.const(value.type, float(high - 1))
        value = b.select(b.fcmp("olt", value, most), value, most)
        if bits < 32:
            return b.cast("trunc", b.cast("fptosi", value, "i32"), target)
        return b.cast(opcode, value, target)
    whole = b.cast(opcode, value, target)
    beyond = b.fcmp("oge", value, b.const(value.type, float(high)))
    return b.select(beyond, b.const(whole.type, high - 1), whole)


def _resize(b: Builder, value: Value, target: str, signed: bool) -> Value:
    """An integer with more bits or fewer; the lowest bits stay."""
    if int(target[1:]) < int(element(value.type)[1:]):
        return b.cast("trunc", value, target)
    return b.cast("sext" if signed else "zext", value, target)


def _i32(b: Builder, like: Value, value: int) -> Value:
    """A 32-bit constant with as many lanes as `like`."""
    count = lanes(like.type)
    return b.const(vector("i32", count) if count else "i32", value)
