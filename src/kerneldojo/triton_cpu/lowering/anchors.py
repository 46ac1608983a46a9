"""Writes a nest: at each index, its anchors in program order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.builder import Value as Register
from kerneldojo.triton_cpu.lowering import atomics, buffers, layout, memory, report
from kerneldojo.triton_cpu.lowering.evaluate import Evaluator
from kerneldojo.triton_cpu.lowering.form import Form
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.nest import NestWriter
from kerneldojo.triton_cpu.lowering.reduce import write_reduce
from kerneldojo.triton_cpu.lowering.scan import write_scan
from kerneldojo.triton_cpu.lowering.steps import Nest
from kerneldojo.triton_cpu.ttir.ir import Op, Value


def write_nest(frame: Frame, nest: Nest) -> None:
    """Writes the loops of `nest` and everything in them."""
    writer = NestWriter(frame.b, frame.layout(nest))
    e = Evaluator(frame, writer)

    writer.run(lambda: in_versions(e, nest, lambda version: _anchors(version, nest)))


def in_versions(e: Evaluator, nest: Nest, write: Callable[[Evaluator], None]) -> None:
    """Writes the body of a nest once for full vectors, without masks, and once for the others."""
    whole = whole_masks(e, nest)
    if not whole:
        write(e)
        return
    b = e.b
    full, partial, done = b.open("full"), b.open("partial"), b.open("both")
    b.branch_if(_all(b, whole.values()), full, partial)
    for code, version in ((full, e.fork(whole)), (partial, e.fork())):
        b.move(code)
        write(version)
        b.branch(done)
    b.move(done)


def _anchors(e: Evaluator, nest: Nest) -> None:
    _read_ahead(e, nest)
    for anchor in nest.anchors:
        if anchor.value is not None:
            keep(e, anchor.value)
        elif anchor.op is not None:
            with e.frame.blame(anchor.op):
                _WRITERS[anchor.op.name](e, anchor.op)


def whole_masks(e: Evaluator, nest: Nest) -> dict[Value, Register]:
    """The masks of the nest's loads and stores that one scalar test shows to be all set.

    Most vectors of most kernels are full; without their masks, loads and stores are plain.
    """
    if any(anchor.op is not None and anchor.op.name in _ONCE for anchor in nest.anchors):
        return {}
    found: dict[Value, Register] = {}
    made = {v for a in nest.anchors for v in ([a.value] if a.op is None else a.op.results)}
    for op in layout.accesses(nest, e.frame.planner):
        mask = op.operands[1 if op.name == "tt.load" else 2 :][:1]
        if not mask or mask[0] in found or _reads(e, mask[0], made):
            continue  # nothing the nest makes can be read before the nest has begun
        if mask[0].type.shape == nest.shape:
            form = e.at_index(mask[0], e.writer.index)
            if form.whole is not None:
                found[mask[0]] = form.whole
    return found


def _reads(e: Evaluator, value: Value, made: set[Value | None]) -> bool:
    """Whether computing `value` reads any of the values `made` out of its buffer."""
    seen: set[Value] = set()
    pending = [value]
    while pending:
        value = pending.pop()
        if value in made:
            return True
        if value not in seen and value.op is not None and not e.is_stored(value):
            pending += value.op.operands
        seen.add(value)
    return False


def _all(b: Builder, conditions: Iterable[Register]) -> Register:
    first, *rest = dict.fromkeys(conditions)
    for condition in rest:
        first = b.op("and", first, condition)
    return first


def _read_ahead(e: Evaluator, nest: Nest) -> None:
    """Reads loop-carried values before a new value of the same index takes their place."""
    overwritten = {
        e.frame.preferred[anchor.value].pointer
        for anchor in nest.anchors
        if anchor.value is not None and anchor.value in e.frame.preferred
    }
    if not overwritten:
        return
    for value in _stored_operands(e, nest):
        buffer = e.frame.buffers.get(value)
        if buffer is not None and buffer.pointer in overwritten and value.type.shape == nest.shape:
            e.at_index(value, e.writer.index)


def _stored_operands(e: Evaluator, nest: Nest) -> list[Value]:
    made = {anchor.value for anchor in nest.anchors}
    seen: set[Value] = set()
    found = []
    pending = [value for anchor in nest.anchors for value in anchor.needs]
    while pending:
        value = pending.pop()
        if value in seen or not value.type.is_tensor:
            continue
        seen.add(value)
        if e.is_stored(value):
            if value not in made:
                found.append(value)
        elif value.op is not None:
            pending += value.op.operands
    return found


def keep(e: Evaluator, value: Value) -> None:
    """Computes a value and stores it in its buffer."""
    index = e.writer.index
    assert value.op is not None
    with e.frame.blame(value.op):
        found = e.compute(value, index)
    e.remember(value, index, found)
    position = buffers.flat(e.b, index, value.type.shape or ())
    buffers.write(e.b, e.frame.buffer(value), position, e.as_data(value, found), e.width)


def copy(frame: Frame, value: Value, target: buffers.Buffer) -> None:
    """Writes a nest that stores `value`, wherever it comes from, into `target`."""
    assert value.type.shape is not None
    writer = NestWriter(frame.b, frame.layout(Nest(value.type.shape)))
    e = Evaluator(frame, writer)

    def body() -> None:
        found = e.data(value, writer.index)
        position = buffers.flat(e.b, writer.index, value.type.shape or ())
        buffers.write(e.b, target, position, found, e.width)

    writer.run(body)


def _store(e: Evaluator, op: Op) -> None:
    address, written, *masked = op.operands
    pointer, value = e.at_index(address, e.writer.index), e.data(written, e.writer.index)
    mask = e.at_index(masked[0], e.writer.index) if masked else None
    element = written.type.element
    memory.store(e.b, element, pointer, value, mask, e.width)


def _atomic(e: Evaluator, op: Op) -> None:
    operands = [
        e.vector(e.at_index(operand, e.writer.index), e.pointee(operand)) for operand in op.operands
    ]
    old = atomics.emit(e.b, op, operands)
    if op.result.users:
        found = Form(e.writer.innermost, vector=old)
        position = buffers.flat(e.b, e.writer.index, op.result.type.shape or ())
        buffers.write(e.b, e.frame.buffer(op.result), position, found, e.width)


_ONCE = frozenset("tt.atomic_rmw tt.atomic_cas tt.atomic_poll tt.print tt.assert".split())
"""Anchors whose code is too long to be written twice."""

_WRITERS: dict[str, Callable[[Evaluator, Op], None]] = {
    "tt.store": _store,
    "tt.reduce": write_reduce,
    "tt.scan": write_scan,
    "tt.atomic_rmw": _atomic,
    "tt.atomic_cas": _atomic,
    "tt.atomic_poll": _atomic,
    "tt.print": report.write_print,
    "tt.assert": report.write_assert,
}
