"""The `arith` and `math` dialects, and Triton's element-wise operations, on registers.

Everything here maps operands to a result lane by lane, on scalars and vectors alike, and knows
nothing of tensors, loops or memory.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.llvm.builder import Builder, Constant, Value
from kerneldojo.triton_cpu.llvm.types import element, lanes
from kerneldojo.triton_cpu.lowering import casts, division, mathlib
from kerneldojo.triton_cpu.lowering.elements import is_float, register
from kerneldojo.triton_cpu.lowering.extrema import extremum
from kerneldojo.triton_cpu.ttir.ir import Op

Emitter = Callable[[Builder, Op, Sequence[Value]], Value]

_FLOAT_BINARY = {"addf": "fadd", "subf": "fsub", "mulf": "fmul", "divf": "fdiv", "remf": "frem"}
_INT_BINARY = {
    "addi": "add", "subi": "sub", "muli": "mul", "andi": "and", "ori": "or", "xori": "xor",
}  # fmt: skip
_SHIFTS = {"shli": "shl", "shrui": "lshr", "shrsi": "ashr"}
_MIN_MAX = {"maxsi": "smax", "minsi": "smin", "maxui": "umax", "minui": "umin"}
_ORDERED = {"maxnumf": "maxnum", "minnumf": "minnum", "maximumf": "maximum", "minimumf": "minimum"}
_PREDICATE = re.compile(r"^(\w+)")


def emit(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    """The result of element-wise `op` on `arguments`.

    Raises:
        UnsupportedOperation: if there is no lowering.
    """
    family, _, _name = op.name.partition(".")
    emitter = _TABLE.get(op.name)
    if emitter is None and family == "math":
        emitter = _math
    if emitter is None:
        raise UnsupportedOperation(op.name)
    return emitter(b, op, arguments)


def is_elementwise(name: str) -> bool:
    """Whether `emit` knows the operation."""
    return name in _TABLE or name.startswith("math.")


def literal(op: Op) -> list[Constant]:
    """The values of an `arith.constant`; one value stands for all elements."""
    text = op.attributes["text"].strip()
    kind = op.result.type.element
    if text.startswith("dense<"):
        text = text[len("dense<") : -1]
    if text.startswith("["):
        return [
            _number(part.strip(), kind)
            for part in text.strip("[] ").replace("[", "").replace("]", "").split(",")
        ]
    if text.startswith('"0x'):
        return _packed(text.strip('"')[2:], kind)
    return [_number(text, kind)]


def _number(text: str, kind: str) -> Constant:
    if text in ("true", "false"):
        return text == "true"
    if not is_float(kind):
        return int(text, 0)
    if text.startswith("0x"):
        return _from_bits(int(text, 16), kind)
    return float(text)


def _from_bits(bits: int, kind: str) -> float:
    if kind == "bf16":
        return float(struct.unpack("<f", struct.pack("<I", bits << 16))[0])
    code, size = {"f16": ("<e", 2), "f32": ("<f", 4), "f64": ("<d", 8)}.get(kind, ("", 0))
    if not code:
        return float(bits)
    return float(struct.unpack(code, bits.to_bytes(size, "little"))[0])


def _packed(digits: str, kind: str) -> list[Constant]:
    code = {
        "i1": "?",
        "i8": "b",
        "i16": "h",
        "i32": "i",
        "i64": "q",
        "f32": "f",
        "f64": "d",
        "f16": "e",
    }[kind]
    data = bytes.fromhex(digits)
    return [item[0] for item in struct.iter_unpack(f"<{code}", data)]


def constant(b: Builder, kind: str, value: Constant) -> Value:
    """A scalar constant of an element type; bf16 and fp8 are rounded to their bits."""
    if kind == "bf16":
        (bits,) = struct.unpack("<I", struct.pack("<f", float(value)))
        rounded = bits if value != value else bits + 0x7FFF + ((bits >> 16) & 1)
        return b.const("i16", (rounded >> 16) & 0xFFFF)
    if kind.startswith("f8"):
        return casts.convert(b, b.const("float", float(value)), "f32", kind)
    return b.const(register(kind), value)


# -- floating point --------------------------------------------------------------------------


def _is_native(b: Builder, kind: str) -> bool:
    """Whether LLVM computes with the float itself; for f16 it may call a library's conversions."""
    return kind in ("f32", "f64") or (kind == "f16" and b.module.host.half_conversions)


def in_wide(
    b: Builder, kind: str, arguments: Sequence[Value], compute: Callable[[Sequence[Value]], Value]
) -> Value:
    """`compute` on operands the processor cannot compute with as f32, rounded back."""
    if _is_native(b, kind):
        return compute(arguments)
    widened = [casts.convert(b, argument, kind, "f32") for argument in arguments]
    return casts.convert(b, compute(widened), "f32", kind)


def _float_binary(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    opcode = _FLOAT_BINARY[op.name.split(".")[1]]
    if opcode == "frem":
        return mathlib.emit(b, "fmod", op.result.type.element, arguments)
    if b.module.fuse and opcode != "fdiv":
        opcode += " contract"
    return in_wide(b, op.result.type.element, arguments, lambda xs: b.op(opcode, xs[0], xs[1]))


def _negate(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return in_wide(b, op.result.type.element, arguments, lambda xs: b.fneg(xs[0]))


def _ordered(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    name = _ORDERED[op.name.split(".")[1]]
    return in_wide(b, op.result.type.element, arguments, lambda xs: extremum(b, name, xs[0], xs[1]))


def _compare_float(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    match = _PREDICATE.match(op.attributes["text"])
    predicate = match[1] if match else ""
    kind = op.operands[0].type.element
    widened = [x if _is_native(b, kind) else casts.convert(b, x, kind, "f32") for x in arguments]
    return b.fcmp({"false": "false", "true": "true"}.get(predicate, predicate), *widened)


def _clamp(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    name = "imum" if "propagateNan = all" in op.attributes["text"] else "num"

    def compute(xs: Sequence[Value]) -> Value:
        return extremum(b, f"min{name}", extremum(b, f"max{name}", xs[0], xs[1]), xs[2])

    return in_wide(b, op.result.type.element, arguments, compute)


def _math(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    name = op.name.split(".")[1]
    return mathlib.emit(b, name, op.operands[0].type.element, arguments)


def _precise_sqrt(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return mathlib.emit(b, "sqrt", op.result.type.element, arguments)


def _precise_div(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return in_wide(b, op.result.type.element, arguments, lambda xs: b.op("fdiv", xs[0], xs[1]))


def _extern(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    symbol = op.attributes["symbol"].strip('"')
    found = mathlib.libdevice(b, symbol, arguments)
    if found is None:
        raise UnsupportedOperation(f"the external function {symbol!r}")
    return found


# -- integers --------------------------------------------------------------------------------


def _int_binary(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return b.op(_INT_BINARY[op.name.split(".")[1]], arguments[0], arguments[1])


def _shift(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    """Shifts past the width give what a wider shift would: zeros, or the sign."""
    opcode, (x, amount) = _SHIFTS[op.name.split(".")[1]], arguments
    width = int(element(x.type)[1:])
    if isinstance(amount.constant, int) and 0 <= amount.constant < width:
        return b.op(opcode, x, amount)
    limit = b.const(x.type, width - 1)
    inside = b.icmp("ule", amount, limit)
    shifted = b.op(opcode, x, b.select(inside, amount, limit))
    return shifted if opcode == "ashr" else b.select(inside, shifted, b.const(x.type, 0))


def _min_max(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return b.intrinsic(_MIN_MAX[op.name.split(".")[1]], *arguments)


def _compare_int(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    match = _PREDICATE.match(op.attributes["text"])
    return b.icmp(match[1] if match else "", *arguments)


def _divide(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return division.emit(b, op.name.split(".")[1], arguments[0], arguments[1])


def _mul_high(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    scalar = element(arguments[0].type)
    width = int(scalar[1:])
    wide = f"i{2 * width}"
    x, y = (b.cast("zext", argument, wide) for argument in arguments)
    product = b.op("mul", x, y)
    return b.cast("trunc", b.op("lshr", product, b.const(product.type, width)), scalar)


# -- conversions -----------------------------------------------------------------------------


def _extend(opcode: str) -> Emitter:
    def emitter(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
        return b.cast(opcode, arguments[0], register(op.result.type.element))

    return emitter


def _convert(*, signed: bool) -> Emitter:
    def emitter(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
        source, target = op.operands[0].type.element, op.result.type.element
        text = op.attributes["text"]
        rounding = "rtz" if "rtz" in text or "toward_zero" in text else "rtne"
        return casts.convert(b, arguments[0], source, target, rounding=rounding, signed=signed)

    return emitter


def _bitcast(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    (x,) = arguments
    target = register(op.result.type.element)
    if element(x.type) == "ptr" or target == "ptr":
        if element(x.type) == target:
            return x
        return b.cast("ptrtoint" if element(x.type) == "ptr" else "inttoptr", x, target)
    return b.cast("bitcast", x, target)


def _select(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    condition, yes, no = arguments
    if lanes(yes.type) and not lanes(condition.type):
        condition = b.splat(condition, lanes(yes.type))
    return b.select(condition, yes, no)


def _same(b: Builder, op: Op, arguments: Sequence[Value]) -> Value:
    return arguments[0]


_TABLE: dict[str, Emitter] = {
    **{f"arith.{name}": _float_binary for name in _FLOAT_BINARY},
    **{f"arith.{name}": _int_binary for name in _INT_BINARY},
    **{f"arith.{name}": _shift for name in _SHIFTS},
    **{f"arith.{name}": _min_max for name in _MIN_MAX},
    **{f"arith.{name}": _ordered for name in _ORDERED},
    **{
        f"arith.{name}": _divide
        for name in ("divsi", "divui", "remsi", "remui", "ceildivsi", "floordivsi")
    },
    "arith.negf": _negate,
    "arith.cmpf": _compare_float,
    "arith.cmpi": _compare_int,
    "arith.select": _select,
    "arith.extsi": _extend("sext"),
    "arith.extui": _extend("zext"),
    "arith.trunci": _extend("trunc"),
    "arith.index_cast": _extend("sext"),
    "arith.extf": _convert(signed=True),
    "arith.truncf": _convert(signed=True),
    "arith.sitofp": _convert(signed=True),
    "arith.fptosi": _convert(signed=True),
    "arith.uitofp": _convert(signed=False),
    "arith.fptoui": _convert(signed=False),
    "arith.bitcast": _bitcast,
    "tt.bitcast": _bitcast,
    "tt.fp_to_fp": _convert(signed=True),
    "tt.int_to_ptr": _bitcast,
    "tt.ptr_to_int": _bitcast,
    "tt.clampf": _clamp,
    "tt.mulhiui": _mul_high,
    "tt.precise_sqrt": _precise_sqrt,
    "tt.precise_divf": _precise_div,
    "tt.extern_elementwise": _extern,
}
