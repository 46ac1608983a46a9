"""`tt.histogram`: counts one element after the other."""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering import buffers
from kerneldojo.triton_cpu.lowering.elements import register
from kerneldojo.triton_cpu.lowering.form import Form, uniform
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.memory import when
from kerneldojo.triton_cpu.ttir.ir import Op


def write_histogram(frame: Frame, op: Op) -> None:
    """Counts the values below the number of bins; others, and masked ones, are left out."""
    b = frame.b
    source, *mask = (frame.buffer(operand) for operand in op.operands)
    bins = frame.buffer(op.result)
    kind = register(op.result.type.element)
    count, total = op.operands[0].type.numel, op.result.type.numel
    zero, one = b.const("i64", 0), b.const("i64", 1)
    with b.loop(zero, b.const("i64", total), one, count_is_positive=True) as bin:
        buffers.write(b, bins, Form(0, scalar=bin), uniform(b.const(kind, 0)), 1)
    with b.loop(zero, b.const("i64", count), one, count_is_positive=True) as place:
        value = buffers.read(b, source, Form(0, scalar=place)).base()
        wide = b.cast("zext", value, "i64")
        counted = b.icmp("ult", wide, b.const("i64", total))
        if mask:
            counted = b.op("and", counted, buffers.read(b, mask[0], Form(0, scalar=place)).base())

        def count_it() -> None:
            where = Form(0, scalar=wide)
            old = buffers.read(b, bins, where).base()
            buffers.write(b, bins, where, uniform(b.op("add", old, b.const(kind, 1))), 1)

        when(b, counted, count_it)
