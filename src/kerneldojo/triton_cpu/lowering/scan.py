"""`tt.scan` in a nest: a prefix within the vector by doubling steps, and a carry from before."""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Value
from kerneldojo.triton_cpu.llvm.types import lanes
from kerneldojo.triton_cpu.lowering import buffers
from kerneldojo.triton_cpu.lowering.evaluate import Evaluator
from kerneldojo.triton_cpu.lowering.form import Form
from kerneldojo.triton_cpu.lowering.reduce import is_first
from kerneldojo.triton_cpu.ttir.ir import Block, Op


def write_scan(e: Evaluator, op: Op) -> None:
    """Computes the running combination at this index and keeps it."""
    b, writer, layout = e.b, e.writer, e.writer.layout
    region = op.regions[0][0]
    current = [e.vector(e.at_index(operand, writer.index)) for operand in op.operands]
    if layout.lanes_along_axis:
        current = _within(e, region, current)
    assert layout.axis is not None
    if layout.loops[layout.axis].trips > 1:
        current = _carried(e, op, region, current)
    for result, value in zip(op.results, current, strict=True):
        found = Form(writer.innermost, vector=value)
        e.remember(result, writer.index, found)
        position = buffers.flat(b, writer.index, result.type.shape or ())
        buffers.write(b, e.frame.buffer(result), position, found, e.width)


def _within(e: Evaluator, region: Block, vectors: Sequence[Value]) -> list[Value]:
    b, reverse = e.b, e.writer.layout.reverse
    current = list(vectors)
    count = lanes(current[0].type)
    step = 1
    while step < count:
        source = [lane + step if reverse else lane - step for lane in range(count)]
        inside = [0 <= lane < count for lane in source]
        picks = [lane if ok else 0 for lane, ok in zip(source, inside, strict=True)]
        moved = [b.shuffle(value, None, picks) for value in current]
        combined = e.frame.apply(region, [*moved, *current])
        mask = b.vector_const("i1", inside)
        current = [b.select(mask, x, y) for x, y in zip(combined, current, strict=True)]
        step *= 2
    return current


def _carried(e: Evaluator, op: Op, region: Block, current: list[Value]) -> list[Value]:
    """Combines with what came before along the axis, and leaves the same for the next turn."""
    b, layout = e.b, e.writer.layout
    if op not in e.writer.slots:
        e.writer.slots[op] = [e.frame.slot(value.type) for value in current]
    slots = e.writer.slots[op]
    before = [b.load(value.type, slot, 64) for value, slot in zip(current, slots, strict=True)]
    combined = e.frame.apply(region, [*before, *current])
    first = is_first(e, int(op.attributes["axis"]))
    done = [b.select(first, x, y) for x, y in zip(current, combined, strict=True)]
    for value, slot in zip(done, slots, strict=True):
        count = lanes(value.type)
        edge = 0 if layout.reverse else count - 1
        left = b.shuffle(value, None, [edge] * count) if layout.lanes_along_axis else value
        b.store(left, slot, 64)
    return done
