"""`tt.dot`: brings the operands into the form the micro-kernel wants, and multiplies.

Operands are packed into scratch memory as the accumulator's type, unless a buffer already holds
them so. An operand that lies in memory the other way round is packed as it lies and then
transposed in registers; the left operand is never transposed, for the micro-kernel reads it
with any strides.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Value as Register
from kerneldojo.triton_cpu.lowering import buffers, casts
from kerneldojo.triton_cpu.lowering.anchors import copy, in_versions
from kerneldojo.triton_cpu.lowering.buffers import Buffer
from kerneldojo.triton_cpu.lowering.dot_kernel import Panel, emit_dot
from kerneldojo.triton_cpu.lowering.elements import is_float, size
from kerneldojo.triton_cpu.lowering.evaluate import Evaluator
from kerneldojo.triton_cpu.lowering.form import Form, uniform
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.nest import NestWriter
from kerneldojo.triton_cpu.lowering.steps import Anchor, Nest
from kerneldojo.triton_cpu.lowering.strides import permutation
from kerneldojo.triton_cpu.lowering.transpose import emit_transpose
from kerneldojo.triton_cpu.ttir.ir import Op, Type, Value


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A packed operand; `transposed` if its columns lie one after another."""

    buffer: Buffer
    transposed: bool = False
    temporary: bool = True


def write_dot(frame: Frame, op: Op) -> None:
    """Adds a @ b to c, one product for each index of a batch dimension."""
    a, b, c = op.operands
    kind = _accumulator(op.result.type.element, a.type.element)
    total = _addend(frame, op, c, kind)
    left = _pack(frame, a, kind, keep_transposed=True)
    right = _pack(frame, b, kind, keep_transposed=False)
    *batch, m, k = a.type.shape or ()
    n = (b.type.shape or ())[-1]
    if not batch:
        _multiply(frame, kind, (left, right, total), (m, n, k), None)
    else:
        one = frame.b.const("i64", 1)
        with frame.b.loop(
            frame.b.const("i64", 0), frame.b.const("i64", batch[0]), one, count_is_positive=True
        ) as i:
            _multiply(frame, kind, (left, right, total), (m, n, k), i)
    if kind != op.result.type.element:
        _convert(frame, total, kind, frame.buffer(op.result), op.result.type)
        frame.release(total)
    for matrix in (left, right):
        if matrix.temporary:
            frame.release(matrix.buffer)


def _accumulator(result: str, operand: str) -> str:
    if not is_float(result):
        return result
    return "f64" if "f64" in (result, operand) else "f32"


def _addend(frame: Frame, op: Op, c: Value, kind: str) -> Buffer:
    """The buffer the product is added to, holding c in the accumulator's type."""
    if kind == op.result.type.element:
        target = frame.buffer(op.result)
        if frame.stored_at(c) != target.pointer:
            copy(frame, c, target)
        return target
    target = frame.new_buffer(Type(kind, c.type.shape))
    _fill(frame, c, target, kind)
    return target


def _pack(frame: Frame, value: Value, kind: str, *, keep_transposed: bool) -> _Matrix:
    """The operand in scratch memory as `kind`."""
    shape = value.type.shape or ()
    source, flipped = value, False
    inner = value.op.operands[0] if value.op is not None and value.op.name == "tt.trans" else None
    if inner is not None and value.op is not None and _swaps_last(permutation(value.op)):
        source, flipped = inner, True
    temporary = frame.stored_at(source) is None or source.type.element != kind
    if not temporary:
        packed = frame.buffer(source)
    else:
        if not flipped and frame.stored_at(source) is None:
            flipped = _lies_by_columns(frame, value)
        type = Type(kind, (*shape[:-2], shape[-1], shape[-2]) if flipped else shape)
        packed = frame.new_buffer(type)
        _fill(frame, source, packed, kind, swap=flipped and source is value)
    if flipped and not keep_transposed:
        turned = _transposed(frame, packed, shape, kind)
        if temporary:
            frame.release(packed)
        return _Matrix(turned)
    return _Matrix(packed, flipped, temporary)


def _swaps_last(order: tuple[int, ...]) -> bool:
    rank = len(order)
    return order == (*range(rank - 2), rank - 1, rank - 2)


def _lies_by_columns(frame: Frame, value: Value) -> bool:
    """Whether the lanes of a nest over the value would run along its rows' dimension."""
    assert value.type.shape is not None
    chosen = frame.layout(_nest(value))
    dims = chosen.loops[chosen.lanes].dims
    return dims == (len(value.type.shape) - 2,)


def _nest(value: Value) -> Nest:
    assert value.type.shape is not None
    return Nest(value.type.shape, [Anchor(0, value=value)] if value.op is not None else [])


def _fill(frame: Frame, value: Value, target: Buffer, kind: str, *, swap: bool = False) -> None:
    """Writes `value` as `kind` into `target`; `swap` exchanges the last two dimensions."""
    nest = _nest(value)
    writer = NestWriter(frame.b, frame.layout(nest))

    def write(e: Evaluator) -> None:
        index = writer.index
        found = _as(e, e.at_index(value, index), value.type.element, kind)
        place = (*index[:-2], index[-1], index[-2]) if swap else index
        buffers.write(e.b, target, buffers.flat(e.b, place, target.shape), found, e.width)

    writer.run(lambda: in_versions(Evaluator(frame, writer), nest, write))


def _as(e: Evaluator, found: Form, source: str, kind: str) -> Form:
    if source == kind:
        return found
    with e.writer.at(found.level):
        if found.is_uniform:
            return uniform(casts.convert(e.b, found.base(), source, kind), found.level)
        return Form(found.level, vector=casts.convert(e.b, e.vector(found), source, kind))


def _transposed(frame: Frame, packed: Buffer, shape: tuple[int, ...], kind: str) -> Buffer:
    target = frame.new_buffer(Type(kind, shape))
    b = frame.b
    *batch, rows, columns = shape
    across, down = b.const("i64", rows), b.const("i64", columns)

    def one(i: Register | None) -> None:
        source, goal = (_matrix(frame, x, rows * columns, i) for x in (packed, target))
        emit_transpose(
            b, source, goal, columns, rows, size(kind), across, down, vector_bits=frame.vector_bits
        )

    if not batch:
        one(None)
    else:
        bounds = (b.const("i64", n) for n in (0, batch[0], 1))
        with b.loop(*bounds, count_is_positive=True) as i:
            one(i)
    return target


def _matrix(frame: Frame, buffer: Buffer, count: int, batch: Register | None) -> Register:
    if batch is None:
        return buffer.pointer
    b = frame.b
    return b.gep(
        "i8", buffer.pointer, b.op("mul", batch, b.const("i64", count * size(buffer.element)))
    )


def _multiply(
    frame: Frame,
    kind: str,
    matrices: tuple[_Matrix, _Matrix, Buffer],
    sizes: tuple[int, int, int],
    batch: Register | None,
) -> None:
    (left, right, total), (m, n, k), b = matrices, sizes, frame.b
    align = 64 if batch is None else size(kind)
    row, column = (1, m) if left.transposed else (k, 1)
    a = Panel(
        _matrix(frame, left.buffer, m * k, batch),
        b.const("i64", row),
        kind,
        b.const("i64", column),
        align,
    )
    rhs = Panel(_matrix(frame, right.buffer, k * n, batch), b.const("i64", n), kind, align=align)
    c = Panel(_matrix(frame, total, m * n, batch), b.const("i64", n), kind, align=align)
    emit_dot(b, a, rhs, c, m, n, k, accumulator=kind, vector_bits=frame.vector_bits)


def _convert(frame: Frame, source: Buffer, kind: str, target: Buffer, type: Type) -> None:
    """Rounds the accumulator to the result's type."""
    stand_in = Value("accumulator", Type(kind, type.shape))
    frame.buffers[stand_in] = source
    _fill(frame, stand_in, target, type.element)
