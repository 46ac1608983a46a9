"""Atomic read-modify-write, compare-and-swap and polls, one lane at a time."""

from __future__ import annotations

from collections.abc import Callable

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import byte_size, lanes
from kerneldojo.triton_cpu.lowering import casts, poll
from kerneldojo.triton_cpu.lowering.memory import when
from kerneldojo.triton_cpu.ttir.ir import Op

_KINDS = {
    "fadd": "fadd", "add": "add", "and": "and", "or": "or", "xor": "xor", "exch": "xchg",
    "max": "max", "min": "min", "umax": "umax", "umin": "umin", "fmax": "fmax", "fmin": "fmin",
}  # fmt: skip
_ORDERS = {"relaxed": "monotonic", "acquire": "acquire", "release": "release", "acq_rel": "acq_rel"}


def emit(b: Builder, op: Op, operands: list[Value]) -> Value:
    """Performs the operation on a scalar or lane by lane; returns the old values.

    Raises:
        UnsupportedOperation: if the kind is unknown.
    """
    if op.name == "tt.atomic_poll":
        return poll.emit(b, op, operands)
    words = [word.strip() for word in op.attributes["text"].split(",")]
    if op.name == "tt.atomic_cas":
        pointer, expected, wanted = operands
        order = _ORDERS[words[0]]
        return _lanewise(b, [pointer, expected, wanted], None, lambda xs: _swap(b, order, *xs))
    kind, order = words[0], _ORDERS[words[1]]
    if kind not in _KINDS:
        raise UnsupportedOperation(f"tt.atomic_rmw {kind}")
    pointer, value, *rest = operands
    element = op.result.type.element

    def one(xs: list[Value]) -> Value:
        if element == "bf16" and kind == "fadd":
            return _add_bf16(b, order, *xs)
        return b.emit(
            xs[1].type,
            f"atomicrmw {_KINDS[kind]} {xs[0]}, {xs[1]} {order}, align {byte_size(xs[1].type)}",
        )

    return _lanewise(b, [pointer, value], rest[0] if rest else None, one)


def _lanewise(
    b: Builder, operands: list[Value], mask: Value | None, one: Callable[[list[Value]], Value]
) -> Value:
    """`one` on the scalars, or in a loop over the lanes where `mask` is set."""
    type = operands[1].type
    count = lanes(type)
    slot = b.entry_slot(type)
    b.store(b.const(type, 0), slot, 64)
    if not count:
        _masked(b, mask, lambda: b.store(one(operands), slot, byte_size(type)))
        return b.load(type, slot, 64)
    with b.loop(
        b.const("i64", 0), b.const("i64", count), b.const("i64", 1), count_is_positive=True
    ) as lane:
        scalars = [b.extract(operand, lane) for operand in operands]
        chosen = b.extract(mask, lane) if mask is not None else None
        place = b.gep(scalars[1].type, slot, lane, inbounds=True)
        _masked(b, chosen, lambda: b.store(one(scalars), place, byte_size(scalars[1].type)))
    return b.load(type, slot, 64)


def _masked(b: Builder, mask: Value | None, body: Callable[[], None]) -> None:
    if mask is None or mask.constant is True:
        body()
    else:
        when(b, mask, body)


def _swap(b: Builder, order: str, pointer: Value, expected: Value, wanted: Value) -> Value:
    bits = {"float": "i32", "double": "i64", "half": "i16"}.get(wanted.type, wanted.type)
    old, new = (b.cast("bitcast", value, bits) for value in (expected, wanted))
    failure = {"release": "monotonic", "acq_rel": "acquire"}.get(order, order)
    pair = b.emit(f"{{ {bits}, i1 }}", f"cmpxchg {pointer}, {old}, {new} {order} {failure}")
    return b.cast("bitcast", b.emit(bits, f"extractvalue {pair}, 0"), wanted.type)


def _add_bf16(b: Builder, order: str, pointer: Value, value: Value) -> Value:
    """bf16 has no instruction of its own: add as f32 and swap until nobody came between."""
    added = casts.convert(b, value, "bf16", "f32")
    first = b.load("i16", pointer, 2)
    before, turn, done = b.block, b.open("retry"), b.open("added")
    b.branch(turn)
    b.move(turn)
    seen = b.phi("i16")
    seen.add(first, before)
    total = b.op("fadd", casts.convert(b, seen.value, "bf16", "f32"), added)
    rounded = casts.convert(b, total, "f32", "bf16")
    pair = b.emit("{ i16, i1 }", f"cmpxchg {pointer}, {seen.value}, {rounded} seq_cst monotonic")
    now = b.emit("i16", f"extractvalue {pair}, 0")
    swapped = b.emit("i1", f"extractvalue {pair}, 1")
    seen.add(now, b.block)
    b.branch_if(swapped, done, turn)
    b.move(done)
    return now
