"""What the lowering of one kernel knows: its LLVM function, its scalars, its buffers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.llvm.builder import Block, Builder, Value
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.llvm.types import lanes
from kerneldojo.triton_cpu.lowering import arithmetic
from kerneldojo.triton_cpu.lowering.buffers import Buffer, Scratch
from kerneldojo.triton_cpu.lowering.elements import size
from kerneldojo.triton_cpu.lowering.layout import HEAVY, Layout, choose, work
from kerneldojo.triton_cpu.lowering.plan import Planner
from kerneldojo.triton_cpu.lowering.steps import Nest, is_inline, renames
from kerneldojo.triton_cpu.ttir import ir


@dataclass(slots=True)
class Program:
    """The values every program of a grid has."""

    pid: tuple[Value, Value, Value]
    grid: tuple[Value, Value, Value]
    scratch: Value


@dataclass(slots=True)
class Frame:
    """The state shared by all parts of the lowering of one kernel.

    `entry` is the function's first block, kept open until the end: stack slots and the
    addresses of buffers are computed there, where they dominate every use.
    """

    kernel: str
    b: Builder
    module: Module
    planner: Planner
    program: Program
    entry: Block
    exit: Block
    status: Value
    vector_bits: int
    functions: dict[str, ir.Function]
    scratch: Scratch = field(default_factory=Scratch)
    scalars: dict[ir.Value, Value] = field(default_factory=dict)
    buffers: dict[ir.Value, Buffer] = field(default_factory=dict)
    preferred: dict[ir.Value, Buffer] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    _offsets: dict[Value, int] = field(default_factory=dict)
    _shared: set[Value] = field(default_factory=set)

    def layout(self, nest: Nest) -> Layout:
        """The loops of a nest, with vectors of several registers to hide latency.

        Two suffice in general, and leave less to do under a mask at the end of a row; a long
        expression is a long chain of instructions, each waiting for the one before.
        """
        count = 2
        if self.module.host.vector_registers == 32 and nest.axis is None:
            count = 4 if work(nest, self.planner) >= HEAVY else 2
        return choose(nest, self.planner, count * self.vector_bits // 32)

    def scalar(self, value: ir.Value) -> Value:
        """The LLVM value of a scalar."""
        return self.scalars[value]

    def buffer(self, value: ir.Value) -> Buffer:
        """The buffer a tensor value is kept in, made on first use."""
        found = self.buffers.get(value)
        if found is None:
            found = self.preferred.get(value) or self.new_buffer(value.type)
            self.buffers[value] = found
        return found

    def stored_at(self, value: ir.Value) -> Value | None:
        """Where a tensor value is kept; None if it is computed wherever it is needed."""
        if value.op is not None and value not in self.planner.kept and is_inline(value.op):
            return None
        return self.buffer(value).pointer

    def reads_any(self, value: ir.Value, pointers: set[Value]) -> bool:
        """Whether computing the value reads one of these buffers."""
        place = self.stored_at(value) if value.type.is_tensor else None
        if place is not None or value.op is None or not value.type.is_tensor:
            return place in pointers
        return any(self.reads_any(operand, pointers) for operand in value.op.operands)

    def reads_elsewhere(self, value: ir.Value, pointer: Value, renamed: bool = False) -> bool:
        """Whether computing an element of the value reads the buffer at another index."""
        place = self.stored_at(value) if value.type.is_tensor else None
        if place is not None or value.op is None or not value.type.is_tensor:
            return renamed and place == pointer
        through = renamed or renames(value.op)
        return any(self.reads_elsewhere(x, pointer, through) for x in value.op.operands)

    def new_buffer(self, type: ir.Type) -> Buffer:
        """Room for a tensor."""
        assert type.shape is not None
        offset = self.scratch.take(type.numel * size(type.element))
        with self.b.at(self.entry):
            place = self.b.const("i64", offset)
            pointer = self.b.gep("i8", self.program.scratch, place, inbounds=True)
        self._offsets[pointer] = offset
        return Buffer(pointer, type.element, type.shape)

    def release(self, buffer: Buffer) -> None:
        """Gives the room of a buffer to what is written next."""
        self.scratch.give_back(self._offsets.pop(buffer.pointer), buffer.bytes)

    def share(self, buffer: Buffer) -> None:
        """A buffer that stands for several values lives as long as the kernel."""
        self._shared.add(buffer.pointer)

    def forget(self, value: ir.Value) -> None:
        """Releases a value's buffer after its last use, if no other value is kept there."""
        buffer = self.buffers.get(value)
        if (
            buffer is not None
            and value not in self.preferred
            and buffer.pointer not in self._shared
        ):
            del self.buffers[value]
            self.release(buffer)

    def slot(self, type: str) -> Value:
        """A variable on the stack; LLVM turns it into registers."""
        return self.b.entry_slot(type)

    def leave(self, status: Value) -> None:
        """Ends the program with a status: 0, or the number of the assertion that failed."""
        self.b.store(status, self.status, 4)
        self.b.branch(self.exit)

    @contextmanager
    def blame(self, op: ir.Op) -> Iterator[None]:
        """Names `op` and its place in the kernel's source if it cannot be lowered."""
        try:
            yield
        except UnsupportedOperation as error:
            if error.place or error.kernel:
                raise
            raise UnsupportedOperation(error.what, kernel=self.kernel, place=op.location) from None

    def apply(self, region: ir.Block, arguments: Sequence[Value]) -> list[Value]:
        """Computes the body of a combine function on scalars or vectors."""
        known = dict(zip(region.arguments, arguments, strict=True))
        count = max((lanes(argument.type) for argument in arguments), default=0)

        def look_up(value: ir.Value) -> Value:
            found = known.get(value) or self.scalars[value]
            if count and not lanes(found.type):
                return self.b.splat(found, count)
            return found

        for op in region.ops[:-1]:
            if op.name == "arith.constant":
                (literal,) = arithmetic.literal(op)
                known[op.result] = arithmetic.constant(self.b, op.result.type.element, literal)
            else:
                operands = [look_up(operand) for operand in op.operands]
                known[op.result] = arithmetic.emit(self.b, op, operands)
        return [look_up(operand) for operand in region.terminator.operands]
