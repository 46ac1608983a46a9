"""`tt.dot_scaled`: its operands are decoded to f32 and scaled, and then multiplied by `tt.dot`.

The rewriting happens in Triton IR. A decoded operand is an operation of our own, `kd.decoded`,
that is computed while the dot packs its operands: nothing is stored twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.builder import Value as Register
from kerneldojo.triton_cpu.llvm.types import lanes, vector
from kerneldojo.triton_cpu.lowering import casts
from kerneldojo.triton_cpu.lowering.form import Form, as_vector, spread, uniform
from kerneldojo.triton_cpu.ttir.ir import Function, Op, Type, Value, walk
from kerneldojo.triton_cpu.ttir.types import split_top

if TYPE_CHECKING:
    from kerneldojo.triton_cpu.lowering.evaluate import Evaluator, Index

_NAN = 0x7FC00000
_TWO_TO_MINUS_127 = 0x00400000


def rewrite(function: Function) -> None:
    """Replaces every `tt.dot_scaled` of a function."""
    for op in list(walk(function.blocks)):
        if op.name == "tt.dot_scaled":
            _rewrite(op)


def _rewrite(op: Op) -> None:
    left, right, _ = split_top(op.attributes["text"])
    remaining = list(op.operands)
    a, a_scale = remaining.pop(0), remaining.pop(0) if " scale " in left else None
    b, b_scale = remaining.pop(0), remaining.pop(0) if " scale " in right else None
    (c,) = remaining
    for operand in op.operands:
        operand.users = [user for user in operand.users if user is not op]
    *_, m, n = c.type.shape or ()
    k = _inner(a, "e2m1" in op.attributes["text"].split("lhs = ")[1].split()[0], op)
    batch = (c.type.shape or ())[:-2]
    op.operands = [
        _decoded(op, a, a_scale, (*batch, m, k), inner=len(batch) + 1),
        _decoded(op, b, b_scale, (*batch, k, n), inner=len(batch)),
        c,
    ]
    op.name, op.attributes = "tt.dot", {"text": ""}
    for operand in op.operands:
        operand.users.append(op)


def _inner(a: Value, packed: bool, op: Op) -> int:
    """The length of the dimension that is summed over."""
    last = (a.type.shape or ())[-1]
    return 2 * last if packed and op.attributes.get("lhs_k_pack") != "false" else last


def _decoded(
    op: Op, value: Value, scale: Value | None, shape: tuple[int, ...], *, inner: int
) -> Value:
    """The f32 tensor that `value` and its scales stand for; `inner` is the summed dimension."""
    sizes = zip(value.type.shape or (), shape, strict=True)
    packed = [dim for dim, (held, meant) in enumerate(sizes) if held != meant]
    attributes = {"text": "", "inner": str(inner), "packed": str(packed[0] if packed else -1)}
    operands = [value] if scale is None else [value, scale]
    new = Op("kd.decoded", operands, [], attributes, [], op.location, op.block)
    result = Value(f"{value.name}.decoded", Type("f32", shape), new, op.block)
    new.results.append(result)
    op.block.ops.insert(op.block.ops.index(op), new)
    for operand in operands:
        operand.users.append(new)
    return result


def decoded(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    """One element of a decoded operand: its code's value times its group's scale."""
    codes, *scales = op.operands
    packed, inner = int(op.attributes["packed"]), int(op.attributes["inner"])
    numbers = _numbers(e, codes, index, packed)
    if not scales:
        return numbers
    (scale,) = scales
    group = (value.type.shape or ())[inner] // (scale.type.shape or (1,))[-1]
    outer = [place for dim, place in enumerate(index) if dim != inner]
    factor = e.at_index(scale, (*outer, _shifted(e, index[inner], group.bit_length() - 1)))
    level = max(numbers.level, factor.level)
    with e.writer.at(level):
        if numbers.is_uniform and factor.is_uniform:
            power = _power(e.b, factor.base(), scale.type.element)
            return uniform(e.b.op("fmul", numbers.base(), power), level)
        power = _power(e.b, e.vector(factor), scale.type.element)
        return Form(level, vector=e.b.op("fmul", e.vector(numbers), power))


def _numbers(e: Evaluator, codes: Value, index: Index, packed: int) -> Form:
    b, kind = e.b, codes.type.element
    if packed < 0:
        found = e.at_index(codes, index)
        with e.writer.at(found.level):
            if found.is_uniform:
                return uniform(casts.widen(b, found.base(), kind), found.level)
            return Form(found.level, vector=casts.widen(b, e.vector(found), kind))
    place = index[packed]
    pair = e.at_index(codes, (*index[:packed], _shifted(e, place, 1), *index[packed + 1 :]))
    level = max(pair.level, place.level)
    with e.writer.at(level):
        byte = e.vector(pair)
        which = b.cast("trunc", as_vector(b, place, e.width), "i8")
        odd = b.op("and", which, b.const(byte.type, 1))
        nibble = b.op("lshr", byte, b.op("shl", odd, b.const(byte.type, 2)))
        return Form(level, vector=_four_bits(b, nibble))


def _shifted(e: Evaluator, place: Form, shift: int) -> Form:
    """The index divided by a power of two.

    Lanes of a nest's own index start at a multiple of as many as there are neighbours, so that
    they fall apart into equal runs, or are one.
    """
    b = e.b
    with e.writer.at(place.level):
        if place.vector is not None or (place.offsets is not None and place not in e.writer.index):
            lanes = as_vector(b, place, e.width)
            return Form(place.level, vector=b.op("lshr", lanes, b.const(lanes.type, shift)))
        base = place.base()
        if isinstance(base.constant, int):
            moved = b.const("i64", base.constant >> shift)
        else:
            moved = b.op("lshr", base, b.const("i64", shift))
        return spread(moved, tuple(o >> shift for o in place.offsets or ()), place.level)


def _four_bits(b: Builder, code: Register) -> Register:
    """e2m1 in the low half of a byte: 0, ½, 1, 1½, 2, 3, 4, 6 and their negatives."""
    type = vector("i32", lanes(code.type))
    wide = b.cast("zext", code, "i32")
    size = b.op("and", wide, b.const(type, 7))
    normal = b.op("add", b.op("shl", size, b.const(type, 22)), b.const(type, 126 << 23))
    half = b.op("mul", size, b.const(type, 0x3F000000))
    bits = b.select(b.icmp("ult", size, b.const(type, 2)), half, normal)
    sign = b.op("shl", b.op("and", wide, b.const(type, 8)), b.const(type, 28))
    return b.cast("bitcast", b.op("or", bits, sign), "float")


def _power(b: Builder, scale: Register, kind: str) -> Register:
    """A scale as f32: an 8-bit exponent (255 is NaN), or a small float."""
    if kind != "i8":
        return casts.widen(b, scale, kind)
    wide = b.cast("zext", scale, "i32")
    bits = b.op("shl", wide, b.const(wide.type, 23))
    least = b.const(wide.type, _TWO_TO_MINUS_127)
    bits = b.select(b.icmp("eq", wide, b.const(wide.type, 0)), least, bits)
    no_number = b.icmp("eq", wide, b.const(wide.type, 255))
    return b.cast("bitcast", b.select(no_number, b.const(wide.type, _NAN), bits), "float")
