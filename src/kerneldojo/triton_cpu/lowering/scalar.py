"""Scalar operations outside every nest."""

from __future__ import annotations

from collections.abc import Callable

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.lowering import arithmetic, atomics, buffers, memory, report
from kerneldojo.triton_cpu.lowering.elements import pointee_type
from kerneldojo.triton_cpu.lowering.form import uniform
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.ttir.ir import Op

_AXES = {"x": 0, "y": 1, "z": 2}


def emit(frame: Frame, op: Op) -> None:
    """Writes a scalar operation.

    Raises:
        UnsupportedOperation: if there is no lowering.
    """
    special = _SPECIAL.get(op.name)
    if special is not None:
        special(frame, op)
        return
    if any(value.type.is_tensor for value in [*op.operands, *op.results]):
        raise UnsupportedOperation(op.name)
    operands = [frame.scalar(operand) for operand in op.operands]
    frame.scalars[op.result] = arithmetic.emit(frame.b, op, operands)


def _constant(frame: Frame, op: Op) -> None:
    if not op.result.type.is_tensor:
        (literal,) = arithmetic.literal(op)
        kind = op.result.type.element
        frame.scalars[op.result] = arithmetic.constant(frame.b, kind, literal)


def _program_id(frame: Frame, op: Op) -> None:
    frame.scalars[op.result] = frame.program.pid[_AXES[op.attributes["text"].strip()]]


def _num_programs(frame: Frame, op: Op) -> None:
    frame.scalars[op.result] = frame.program.grid[_AXES[op.attributes["text"].strip()]]


def _add_pointer(frame: Frame, op: Op) -> None:
    pointer, offset = (frame.scalar(operand) for operand in op.operands)
    distance = frame.b.cast("sext", offset, "i64")
    frame.scalars[op.result] = frame.b.gep(pointee_type(op.result.type), pointer, distance)


def _load(frame: Frame, op: Op) -> None:
    forms = [uniform(frame.scalar(operand)) for operand in op.operands]
    pointer, mask, other = ([*forms, None, None])[:3]
    assert pointer is not None
    loaded = memory.load(frame.b, op.result.type.element, pointer, mask, other, 1)
    frame.scalars[op.result] = loaded.base()


def _store(frame: Frame, op: Op) -> None:
    pointer, value, *mask = (uniform(frame.scalar(operand)) for operand in op.operands)
    element = op.operands[1].type.element
    memory.store(frame.b, element, pointer, value, mask[0] if mask else None, 1)


def _atomic(frame: Frame, op: Op) -> None:
    operands = [frame.scalar(operand) for operand in op.operands]
    frame.scalars[op.result] = atomics.emit(frame.b, op, operands)


def _assert(frame: Frame, op: Op) -> None:
    report.check(frame, op, frame.scalar(op.operands[0]))


def _print(frame: Frame, op: Op) -> None:
    report.print_line(frame, op, [frame.scalar(operand) for operand in op.operands])


def _unsplat(frame: Frame, op: Op) -> None:
    start = uniform(frame.b.const("i64", 0))
    found = buffers.read(frame.b, frame.buffer(op.operands[0]), start)
    frame.scalars[op.result] = found.base()


_SPECIAL: dict[str, Callable[[Frame, Op], None]] = {
    "arith.constant": _constant,
    "tt.get_program_id": _program_id,
    "tt.get_num_programs": _num_programs,
    "tt.addptr": _add_pointer,
    "tt.load": _load,
    "tt.store": _store,
    "tt.atomic_rmw": _atomic,
    "tt.atomic_cas": _atomic,
    "tt.atomic_poll": _atomic,
    "tt.assert": _assert,
    "tt.print": _print,
    "tt.unsplat": _unsplat,
}
