"""Operations that rename indices: each says which element of its operand an index means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.types import vector
from kerneldojo.triton_cpu.lowering import buffers
from kerneldojo.triton_cpu.lowering.form import Form, add, as_vector, spread, uniform
from kerneldojo.triton_cpu.lowering.scaled import decoded
from kerneldojo.triton_cpu.lowering.strides import permutation
from kerneldojo.triton_cpu.ttir.ir import Op, Value

if TYPE_CHECKING:
    from kerneldojo.triton_cpu.lowering.evaluate import Evaluator, Index


def _splat(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    return uniform(e.frame.scalar(op.operands[0]))


def _make_range(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    (place,) = index
    with e.writer.at(place.level):
        start = uniform(e.b.const("i32", int(op.attributes["start"])))
        if place.scalar is not None:
            narrow = e.resized("trunc", place.scalar, "i32")
            if isinstance(place.scalar.constant, int):
                narrow = e.b.const("i32", place.scalar.constant)
            moved = spread(narrow, place.offsets or (0,) * e.width, place.level)
            total = add(e.b, moved, start)
            assert total is not None
            return total
        lanes = e.b.cast("trunc", e.vector(place), "i32")
        return Form(place.level, vector=e.b.op("add", lanes, e.vector(start)))


def _expand(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    axis = int(op.attributes["axis"])
    return e.at_index(op.operands[0], index[:axis] + index[axis + 1 :])


def _broadcast(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    shape = op.operands[0].type.shape or ()
    zero = uniform(e.b.const("i64", 0))
    narrowed = tuple(
        zero if extent == 1 else form for extent, form in zip(shape, index, strict=True)
    )
    return e.at_index(op.operands[0], narrowed)


def _transpose(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    inner: list[Form] = list(index)
    for place, dim in enumerate(permutation(op)):
        inner[dim] = index[place]
    return e.at_index(op.operands[0], tuple(inner))


def _reshape(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    (operand,) = op.operands
    level = max((form.level for form in index), default=-1)
    with e.writer.at(level):
        place = buffers.flat(e.b, index, value.type.shape or ())
        if e.is_stored(operand):
            buffer = e.frame.buffer(operand)
            return buffers.read(e.b, buffer, place)
        inner = unflatten(e.b, place, operand.type.shape or (), e.width)
    return e.at_index(operand, inner)


def unflatten(b: Builder, place: Form, shape: tuple[int, ...], width: int) -> Index:
    """The index of a row-major position; extents are powers of two."""
    forms: list[Form] = []
    shift = 0
    for extent in reversed(shape):
        if extent == 1:
            forms.append(uniform(b.const("i64", 0)))
            continue
        forms.append(_digit(b, place, shift, extent, width))
        shift += extent.bit_length() - 1
    return tuple(reversed(forms))


def _digit(b: Builder, place: Form, shift: int, extent: int, width: int) -> Form:
    if place.is_constant and place.scalar is not None:
        base = int(place.scalar.constant or 0)
        offsets = place.offsets or (0,) * width
        digits = [(base + offset) >> shift & (extent - 1) for offset in offsets]
        first = b.const("i64", digits[0])
        return spread(first, tuple(digit - digits[0] for digit in digits), place.level)
    if place.is_uniform:
        moved = b.op("lshr", place.base(), b.const("i64", shift))
        return uniform(b.op("and", moved, b.const("i64", extent - 1)), place.level)
    lanes = as_vector(b, place, width)
    type = vector("i64", width)
    moved = b.op("lshr", lanes, b.const(type, shift))
    return Form(place.level, vector=b.op("and", moved, b.const(type, extent - 1)))


def _join(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    left, right = (e.data(operand, index[:-1]) for operand in op.operands)
    return _choose(e, index[-1], 1, left, right)


def _split(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    last = uniform(e.b.const("i64", value.index))
    return e.at_index(op.operands[0], (*index, last))


def _cat(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    extent = (op.operands[0].type.shape or (1,))[0]
    first = index[0]
    with e.writer.at(first.level):
        inner = (_digit(e.b, first, 0, extent, e.width), *index[1:])
    left, right = (e.data(operand, inner) for operand in op.operands)
    return _choose(e, first, extent, left, right)


def _choose(e: Evaluator, place: Form, bit: int, no: Form, yes: Form) -> Form:
    """`yes` in the lanes where index `place` has `bit` set."""
    b = e.b
    level = max(place.level, no.level, yes.level)
    with e.writer.at(level):
        if place.is_constant and place.scalar is not None:
            base = int(place.scalar.constant or 0)
            bits = [bool((base + offset) & bit) for offset in place.offsets or (0,)]
            if len(set(bits)) == 1:
                return yes if bits[0] else no
            return Form(
                level, vector=b.select(b.vector_const("i1", bits), e.vector(yes), e.vector(no))
            )
        if place.is_uniform:
            masked = b.op("and", place.base(), b.const("i64", bit))
            condition = b.icmp("ne", masked, b.const("i64", 0))
            if yes.is_uniform and no.is_uniform:
                return uniform(b.select(condition, yes.base(), no.base()), level)
            return Form(level, vector=b.select(condition, e.vector(yes), e.vector(no)))
        type = vector("i64", e.width)
        masked = b.op("and", e.vector(place), b.const(type, bit))
        condition = b.icmp("ne", masked, b.const(type, 0))
        return Form(level, vector=b.select(condition, e.vector(yes), e.vector(no)))


def _gather(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    source, picks = op.operands
    axis = int(op.attributes["axis"])
    pick = e.at_index(picks, index)
    with e.writer.at(pick.level):
        if pick.is_uniform:
            chosen = uniform(e.resized("sext", pick.base(), "i64"), pick.level)
        else:
            chosen = Form(pick.level, vector=e.b.cast("sext", e.vector(pick), "i64"))
    return e.at_index(source, (*index[:axis], chosen, *index[axis + 1 :]))


def _small_reduce(e: Evaluator, op: Op, value: Value, index: Index) -> Form:
    axis = int(op.attributes["axis"])
    count = (op.operands[0].type.shape or ())[axis]
    (region,) = op.regions
    rows = []
    for step in range(count):
        place = (*index[:axis], uniform(e.b.const("i64", step)), *index[axis:])
        rows.append([e.at_index(operand, place) for operand in op.operands])
    level = max(form.level for row in rows for form in row)
    with e.writer.at(level):
        scalar = all(form.is_uniform for row in rows for form in row)
        registers = [[form.base() if scalar else e.vector(form) for form in row] for row in rows]
        total = registers[0]
        for row in registers[1:]:
            total = e.frame.apply(region[0], [*total, *row])
    forms = [uniform(t, level) if scalar else Form(level, vector=t) for t in total]
    for result, form in zip(op.results, forms, strict=True):
        e.remember(result, index, form)
    return forms[value.index]


VIEW_EMITTERS: dict[str, Callable[[Evaluator, Op, Value, Index], Form]] = {
    "tt.splat": _splat,
    "tt.make_range": _make_range,
    "tt.expand_dims": _expand,
    "tt.broadcast": _broadcast,
    "tt.trans": _transpose,
    "tt.reshape": _reshape,
    "tt.join": _join,
    "tt.split": _split,
    "tt.cat": _cat,
    "tt.gather": _gather,
    "tt.reduce": _small_reduce,
    "kd.decoded": decoded,
}
