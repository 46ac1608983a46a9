"""Computes tensor values at the current index of a nest, on demand and once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.builder import Value as Register
from kerneldojo.triton_cpu.lowering import arithmetic, buffers, division, form, memory
from kerneldojo.triton_cpu.lowering.elements import memory as memory_type
from kerneldojo.triton_cpu.lowering.elements import pointee_type
from kerneldojo.triton_cpu.lowering.form import Form, as_vector, spread, uniform
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.nest import NestWriter
from kerneldojo.triton_cpu.lowering.steps import is_inline
from kerneldojo.triton_cpu.lowering.views import VIEW_EMITTERS
from kerneldojo.triton_cpu.ttir.ir import Op, Value

Index = tuple[Form, ...]


class Evaluator:
    """The values of one nest; what was computed at an index is not computed again there."""

    def __init__(self, frame: Frame, writer: NestWriter) -> None:
        self.frame = frame
        self.writer = writer
        self._known: dict[tuple[Value, Index], Form] = {}

    @property
    def b(self) -> Builder:
        """The builder."""
        return self.frame.b

    @property
    def width(self) -> int:
        """Lanes of the nest's vectors."""
        return self.writer.width

    def at_index(self, value: Value, index: Index) -> Form:
        """The form of a value at an index, from registers, from its buffer, or computed."""
        if not value.type.is_tensor:
            return uniform(self.frame.scalar(value))
        key = (value, index)
        if key not in self._known:
            read = self.is_stored(value)
            self._known[key] = self._read(value, index) if read else self.compute(value, index)
        return self._known[key]

    def is_stored(self, value: Value) -> bool:
        """Whether the value is to be read from its buffer."""
        return value in self.frame.planner.kept or value.op is None or not is_inline(value.op)

    def remember(self, value: Value, index: Index, found: Form) -> None:
        """Lets later uses in this nest take a kept value from registers."""
        self._known[value, index] = found

    def vector(self, found: Form, pointee: str = "i8") -> Register:
        """A form as a vector of the nest's width."""
        return as_vector(self.b, found, self.width, pointee)

    def data(self, value: Value, index: Index) -> Form:
        """As `at_index`, for values that are stored or chosen from rather than followed."""
        return self.as_data(value, self.at_index(value, index))

    def as_data(self, value: Value, found: Form) -> Form:
        """Pointers a constant apart as addresses: where they go, nobody knows what they count."""
        if value.type.element != "ptr" or found.offsets is None:
            return found
        with self.writer.at(found.level):
            return Form(found.level, vector=self.vector(found, self.pointee(value)))

    def _read(self, value: Value, index: Index) -> Form:
        buffer = self.frame.buffer(value)
        level = max((f.level for f in index), default=form.OUTSIDE)
        with self.writer.at(level):
            assert value.type.shape is not None
            return buffers.read(self.b, buffer, buffers.flat(self.b, index, value.type.shape))

    def compute(self, value: Value, index: Index) -> Form:
        """Computes a value at an index whatever is stored."""
        op = value.op
        assert op is not None
        if op.name == "arith.constant":
            return self._constant(op, index)
        if op.name in VIEW_EMITTERS:
            return VIEW_EMITTERS[op.name](self, op, value, index)
        if op.name == "tt.load":
            return self._load(op, index)
        if op.name == "tt.addptr":
            return self._add_pointer(op, index)
        operands = [self.at_index(operand, index) for operand in op.operands]
        return self._elementwise(op, operands)

    def _constant(self, op: Op, index: Index) -> Form:
        values = arithmetic.literal(op)
        kind = op.result.type.element
        if len(values) == 1:
            with self.writer.at(form.OUTSIDE):
                return uniform(arithmetic.constant(self.b, kind, values[0]))
        literals = [arithmetic.constant(self.b, kind, literal) for literal in values]
        table = self.frame.module.constant(memory_type(kind), [item.ref for item in literals])
        pointer = Register("ptr", table)
        shape = op.result.type.shape or ()
        with self.writer.at(max(f.level for f in index)):
            place = buffers.flat(self.b, index, shape)
            return buffers.read(self.b, buffers.Buffer(pointer, kind, shape), place)

    def _load(self, op: Op, index: Index) -> Form:
        forms = [self.at_index(operand, index) for operand in op.operands]
        pointer, mask, other = ([*forms, None, None])[:3]
        assert pointer is not None
        with self.writer.at(max(f.level for f in forms)):
            return memory.load(self.b, op.result.type.element, pointer, mask, other, self.width)

    def _add_pointer(self, op: Op, index: Index) -> Form:
        pointer, offset = (self.at_index(operand, index) for operand in op.operands)
        pointee = pointee_type(op.result.type)
        level = max(pointer.level, offset.level)
        b = self.b
        with self.writer.at(level):
            if pointer.scalar is None or offset.scalar is None:
                distance = b.cast("sext", self.vector(offset), "i64")
                return Form(level, vector=b.gep(pointee, self.vector(pointer, pointee), distance))
            distance = b.cast("sext", offset.base(), "i64")
            if isinstance(offset.base().constant, int):
                distance = b.const("i64", offset.base().constant or 0)
            base = (
                pointer.base()
                if distance.constant == 0
                else b.gep(pointee, pointer.base(), distance)
            )
            count = len(pointer.offsets or offset.offsets or ())
            left, right = pointer.offsets or (0,) * count, offset.offsets or (0,) * count
            return spread(base, tuple(p + q for p, q in zip(left, right, strict=True)), level)

    def _elementwise(self, op: Op, operands: Sequence[Form]) -> Form:
        level = max((operand.level for operand in operands), default=form.OUTSIDE)
        with self.writer.at(level):
            kept = self._affine(op, operands)
            if kept is not None:
                return kept
            if all(operand.is_uniform for operand in operands):
                return uniform(arithmetic.emit(self.b, op, [o.base() for o in operands]), level)
            if op.name in ("arith.remsi", "arith.divsi"):
                x, y = operands
                if x.is_consecutive and y.is_uniform and y.base().constant is None:
                    name = op.name.removeprefix("arith.")
                    run = division.emit_run(self.b, name, x.base(), self.width, y.base())
                    return Form(level, vector=run)
            vectors = [
                self.vector(operand, self.pointee(value))
                for operand, value in zip(operands, op.operands, strict=True)
            ]
            whole = self._whole(op, operands)
            return Form(level, vector=arithmetic.emit(self.b, op, vectors), whole=whole)

    def _whole(self, op: Op, operands: Sequence[Form]) -> Register | None:
        """For a mask whose lanes are set up to some bound: whether all of them are."""
        if op.name == "arith.cmpi" and op.operands[0].type.element != "i1":
            predicate = op.attributes["text"].split(",")[0].strip()
            return form.compare(self.b, predicate, *operands)
        if op.name == "arith.andi" and op.result.type.element == "i1":
            x, y = (operand.base() if operand.is_uniform else operand.whole for operand in operands)
            return None if x is None or y is None else self.b.op("and", x, y)
        return None

    def fork(self, whole: Iterable[Value] = ()) -> Evaluator:
        """A copy for a branch of the nest's body, in which the masks `whole` have all lanes set."""
        copy = Evaluator(self.frame, self.writer)
        copy._known.update(self._known)
        for mask in whole:
            copy.remember(mask, self.writer.index, uniform(self.b.const("i1", True)))
        return copy

    def pointee(self, value: Value) -> str:
        """What the offsets of a pointer count in; anything for other values."""
        return pointee_type(value.type) if value.type.element == "ptr" else "i8"

    def _affine(self, op: Op, operands: Sequence[Form]) -> Form | None:
        """Integer arithmetic that keeps a form uniform or spread."""
        if op.result.type.element == "i1" or op.operands[0].type.element == "i1":
            return None
        if op.name in _AFFINE:
            return _AFFINE[op.name](self.b, *operands)
        (x, *_) = operands
        if op.name == "arith.shli" and operands[1].is_uniform and operands[1].is_constant:
            amount = int(operands[1].base().constant or 0)
            if 0 <= amount < int(x.kind[1:]) - 1:
                return form.multiply(self.b, x, uniform(self.b.const(x.kind, 1 << amount)))
            return None
        if x.offsets is None:
            return None
        kind = op.result.type.element
        if op.name == "arith.trunci" or (op.name == "arith.extsi" and form.stays_in_order(x)):
            opcode = "sext" if op.name == "arith.extsi" else "trunc"
            return spread(self.resized(opcode, x.base(), kind), x.offsets, x.level)
        return None

    def resized(self, opcode: str, value: Register, kind: str) -> Register:
        """An integer in another width; constants stay known."""
        if isinstance(value.constant, int) and opcode == "sext":
            return self.b.const(kind, value.constant)
        return self.b.cast(opcode, value, kind)


_AFFINE = {"arith.addi": form.add, "arith.subi": form.subtract, "arith.muli": form.multiply}
