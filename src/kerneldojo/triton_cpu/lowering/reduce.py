"""`tt.reduce` in a nest: accumulators, then across the lanes.

Each lane accumulates on its own and the lanes are folded at the end, so the order in which
elements are combined is not the order of the tensor, as on a GPU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import lanes
from kerneldojo.triton_cpu.lowering import arithmetic, buffers
from kerneldojo.triton_cpu.lowering.evaluate import Evaluator
from kerneldojo.triton_cpu.lowering.form import Form, uniform
from kerneldojo.triton_cpu.ttir.ir import Block, Op

_IDENTITIES = {
    "arith.addf": -0.0,
    "arith.mulf": 1.0,
    "arith.maxnumf": math.nan,
    "arith.minnumf": math.nan,
    "arith.maximumf": -math.inf,
    "arith.minimumf": math.inf,
    "arith.addi": 0,
    "arith.ori": 0,
    "arith.xori": 0,
    "arith.maxui": 0,
    "arith.andi": -1,
    "arith.minui": -1,
    "arith.muli": 1,
}


def write_reduce(e: Evaluator, op: Op) -> None:
    """Accumulates the operands at this index; the results follow the loop along the axis."""
    writer, b = e.writer, e.b
    region = op.regions[0][0]
    current = [e.vector(e.at_index(operand, writer.index)) for operand in op.operands]
    started = op in writer.slots
    if not started:
        writer.slots[op] = [e.frame.slot(value.type) for value in current]
    slots = writer.slots[op]
    assert writer.layout.axis is not None
    if writer.layout.loops[writer.layout.axis].trips > 1:
        current = _accumulate(e, op, region, current, slots)
    for value, slot in zip(current, slots, strict=True):
        b.store(value, slot, 64)
    types = [value.type for value in current]
    index = writer.index

    def finish() -> None:
        totals = [b.load(type, slot, 64) for type, slot in zip(types, slots, strict=True)]
        if writer.layout.lanes_along_axis:
            totals = across(e, region, totals)
        _results(e, op, totals, index)

    if not started:
        writer.after_axis(finish)


def _accumulate(
    e: Evaluator, op: Op, region: Block, current: list[Value], slots: list[Value]
) -> list[Value]:
    b, writer = e.b, e.writer
    identity = _identity(b, op, region, current[0].type)
    if identity is not None:
        with writer.at(writer.axis_level()):
            b.store(identity, slots[0], 64)
    before = [b.load(value.type, slot, 64) for value, slot in zip(current, slots, strict=True)]
    combined = e.frame.apply(region, [*before, *current])
    if identity is not None:
        return combined
    first = is_first(e, int(op.attributes["axis"]))
    return [b.select(first, x, y) for x, y in zip(current, combined, strict=True)]


def is_first(e: Evaluator, axis: int) -> Value:
    """Whether this is the first turn of the loop along the axis, an i1."""
    layout = e.writer.layout
    assert layout.axis is not None
    loop = layout.loops[layout.axis]
    start = loop.extent - loop.step if layout.reverse else 0
    return e.b.icmp("eq", e.writer.index[axis].base(), e.b.const("i64", start))


def _identity(b: Builder, op: Op, region: Block, type: str) -> Value | None:
    """What changes nothing when combined, for the combine functions everybody uses."""
    if len(region.ops) != 2 or len(op.operands) != 1:
        return None
    (only, _) = region.ops
    kind = op.operands[0].type.element
    if set(only.operands) != set(region.arguments):
        return None
    if only.name in ("arith.maxsi", "arith.minsi"):
        top = 1 << (int(kind[1:]) - 1)
        value: float = -top if only.name == "arith.maxsi" else top - 1
    elif only.name in _IDENTITIES:
        value = _IDENTITIES[only.name]
    else:
        return None
    if kind == "i1":
        value = bool(value)
    scalar = arithmetic.constant(b, kind, value)
    return b.splat(scalar, lanes(type))


def across(e: Evaluator, region: Block, vectors: Sequence[Value]) -> list[Value]:
    """Folds vectors to scalars, halving them until one lane is left."""
    b = e.b
    current = list(vectors)
    count = lanes(current[0].type)
    while count > 1:
        count //= 2
        low = [b.shuffle(value, None, range(count)) for value in current]
        high = [b.shuffle(value, None, range(count, 2 * count)) for value in current]
        current = e.frame.apply(region, [*low, *high])
    return [b.extract(value, 0) for value in current]


def _results(e: Evaluator, op: Op, totals: Sequence[Value], index: tuple[Form, ...]) -> None:
    axis = int(op.attributes["axis"])
    rest = index[:axis] + index[axis + 1 :]
    for result, total in zip(op.results, totals, strict=True):
        if not result.type.is_tensor:
            e.frame.scalars[result] = total
            continue
        found = Form(0, vector=total) if lanes(total.type) else uniform(total)
        position = buffers.flat(e.b, rest, result.type.shape or ())
        buffers.write(e.b, e.frame.buffer(result), position, found, e.width)
