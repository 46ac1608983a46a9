"""Operations whose region runs once for every element, in order, whatever the region contains.

`tt.map_elementwise` always; `tt.reduce` and `tt.scan` if their combination branches, calls a
function, or has an effect (an assertion, a print). Every operand comes out of a buffer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.lowering import buffers
from kerneldojo.triton_cpu.lowering.elements import register
from kerneldojo.triton_cpu.lowering.form import Form, uniform
from kerneldojo.triton_cpu.ttir.ir import Op

if TYPE_CHECKING:
    from kerneldojo.triton_cpu.lowering.control import Control


def write_map(control: Control, op: Op) -> None:
    """`tt.map_elementwise`: the region maps `pack` elements of each operand at a time."""
    frame, b = control.frame, control.b
    pack = int(op.attributes["pack"])
    sources = [frame.buffer(operand) for operand in op.operands]
    targets = [frame.buffer(result) for result in op.results]
    with _count(b, 0, op.results[0].type.numel, pack) as first:
        places = [b.op("add nsw", first, b.const("i64", number)) for number in range(pack)]
        arguments = [_read(b, source, place) for source in sources for place in places]
        values = iter(control.inline(op.regions[0], arguments))
        for target in targets:
            for place in places:
                _write(b, target, place, next(values))


def write_fold(control: Control, op: Op) -> None:
    """`tt.reduce` and `tt.scan`, one element after the other along the axis."""
    frame, b = control.frame, control.b
    shape, axis = op.operands[0].type.shape or (), int(op.attributes["axis"])
    outer, count, inner = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
    slots = [frame.slot(register(operand.type.element)) for operand in op.operands]
    with _count(b, 0, outer) as row, _count(b, 0, inner) as column:
        start = b.op("add", b.op("mul", row, b.const("i64", count * inner)), column)
        _along(control, op, slots, start, count, inner)
        if op.name == "tt.reduce" and op.results[0].type.is_tensor:
            place = b.op("add", b.op("mul", row, b.const("i64", inner)), column)
            for result, total in zip(op.results, _totals(b, op, slots), strict=True):
                _write(b, frame.buffer(result), place, total)
    if not op.results[0].type.is_tensor:
        frame.scalars.update(zip(op.results, _totals(b, op, slots), strict=True))


def _along(
    control: Control, op: Op, slots: Sequence[Value], start: Value, count: int, stride: int
) -> None:
    """Combines `count` elements from `start` on in the slots; a scan keeps every step."""
    frame, b = control.frame, control.b
    sources = [frame.buffer(operand) for operand in op.operands]
    scans = op.name == "tt.scan"
    if op.attributes.get("reverse") == "true":
        start = b.op("add", start, b.const("i64", (count - 1) * stride))
        stride = -stride

    def settle(values: Sequence[Value], place: Value) -> None:
        for value, slot, result in zip(values, slots, op.results, strict=True):
            b.store(value, slot, 1)
            if scans:
                _write(b, frame.buffer(result), place, value)

    settle([_read(b, source, start) for source in sources], start)
    with _count(b, 1, count) as step:
        place = b.op("add", start, b.op("mul", step, b.const("i64", stride)))
        current = [_read(b, source, place) for source in sources]
        settle(control.inline(op.regions[0], [*_totals(b, op, slots), *current]), place)


def _totals(b: Builder, op: Op, slots: Sequence[Value]) -> list[Value]:
    kinds = [register(operand.type.element) for operand in op.operands]
    return [b.load(kind, slot, 1) for kind, slot in zip(kinds, slots, strict=True)]


@contextmanager
def _count(b: Builder, start: int, stop: int, step: int = 1) -> Iterator[Value]:
    bounds = (b.const("i64", number) for number in (start, stop, step))
    with b.loop(*bounds) as counter:
        yield counter


def _read(b: Builder, buffer: buffers.Buffer, place: Value) -> Value:
    return buffers.read(b, buffer, Form(0, scalar=place)).base()


def _write(b: Builder, buffer: buffers.Buffer, place: Value, value: Value) -> None:
    buffers.write(b, buffer, Form(0, scalar=place), uniform(value), 1)
