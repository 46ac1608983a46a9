"""Writes one LLVM function as text, instruction by instruction.

A `Value` is a typed operand (`%t7`, or a constant). The builder keeps a list of blocks and an
insertion point; `at` moves the point for a while, which is how loop-invariant code is put
before a loop that is already being written.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.llvm.types import element, float_bits, lanes, vector

Constant = int | float | bool


@dataclass(frozen=True, slots=True)
class Value:
    """An operand of LLVM type `type`; `constant` holds its Python value when it has one."""

    type: str
    ref: str
    constant: Constant | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.ref}"


@dataclass(slots=True, eq=False)
class Block:
    """A basic block: a label and its instructions, phis first."""

    label: str
    phis: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    terminated: bool = False


class Builder:
    """Emits one function into `module`; blocks are printed in the order they were opened."""

    def __init__(self, module: Module, head: str) -> None:
        """`head` is everything before the opening brace: linkage, type, name, parameters."""
        self.module = module
        self._head = head
        self._names = 0
        self._blocks: list[Block] = []
        self.block = self.open("entry")

    # -- constants ---------------------------------------------------------------------------

    def const(self, type: str, value: Constant) -> Value:
        """A scalar or splat constant of any type; floats are written bit by bit."""
        scalar = element(type)
        text = _literal(scalar, value)
        if type == scalar:
            return Value(type, text, value)
        if text in ("0", "false", "null") or (
            isinstance(value, float) and text == float_bits(scalar, 0.0)
        ):
            return Value(type, "zeroinitializer", value)
        return Value(type, f"splat ({scalar} {text})", value)

    def vector_const(self, scalar: str, values: Sequence[Constant]) -> Value:
        """A vector constant with one value per lane."""
        body = ", ".join(f"{scalar} {_literal(scalar, value)}" for value in values)
        return Value(vector(scalar, len(values)), f"<{body}>")

    def poison(self, type: str) -> Value:
        """An undefined value."""
        return Value(type, "poison")

    # -- instructions ------------------------------------------------------------------------

    def op(self, opcode: str, left: Value, right: Value) -> Value:
        """A binary instruction; `opcode` may carry flags, as in "add nsw"."""
        return self._emit(left.type, f"{opcode} {left}, {right.ref}")

    def fneg(self, value: Value) -> Value:
        """The negated float; a NaN changes its sign only."""
        return self._emit(value.type, f"fneg {value}")

    def cast(self, opcode: str, value: Value, to: str) -> Value:
        """`opcode` to element type `to`, lane by lane; nothing is emitted when nothing changes."""
        type = vector(to, lanes(value.type)) if lanes(value.type) else to
        if type == value.type:
            return value
        return self._emit(type, f"{opcode} {value} to {type}")

    def icmp(self, predicate: str, left: Value, right: Value) -> Value:
        """Compares integers or pointers."""
        return self._emit(_mask_of(left), f"icmp {predicate} {left}, {right.ref}")

    def fcmp(self, predicate: str, left: Value, right: Value) -> Value:
        """Compares floats."""
        return self._emit(_mask_of(left), f"fcmp {predicate} {left}, {right.ref}")

    def select(self, condition: Value, yes: Value, no: Value) -> Value:
        """`yes` where `condition`, else `no`; a scalar condition chooses whole vectors."""
        return self._emit(yes.type, f"select {condition}, {yes}, {no}")

    def freeze(self, value: Value) -> Value:
        """Some fixed value in place of an undefined one."""
        return self._emit(value.type, f"freeze {value}")

    def splat(self, scalar: Value, count: int) -> Value:
        """`scalar` in each of `count` lanes."""
        type = vector(scalar.type, count)
        if scalar.constant is not None:
            return self.const(type, scalar.constant)
        one = self._emit(type, f"insertelement {type} poison, {scalar}, i64 0")
        return self._emit(
            type, f"shufflevector {one}, {type} poison, <{count} x i32> zeroinitializer"
        )

    def extract(self, value: Value, lane: int | Value) -> Value:
        """One lane as a scalar."""
        index = f"i64 {lane}" if isinstance(lane, int) else str(lane)
        return self._emit(element(value.type), f"extractelement {value}, {index}")

    def insert(self, value: Value, scalar: Value, lane: int | Value) -> Value:
        """The vector with one lane replaced."""
        index = f"i64 {lane}" if isinstance(lane, int) else str(lane)
        return self._emit(value.type, f"insertelement {value}, {scalar}, {index}")

    def shuffle(self, left: Value, right: Value | None, mask: Sequence[int]) -> Value:
        """Lanes of `left` then `right` picked by `mask`; -1 leaves a lane undefined."""
        other = right.ref if right is not None else "poison"
        picks = ", ".join("i32 poison" if lane < 0 else f"i32 {lane}" for lane in mask)
        type = vector(element(left.type), len(mask))
        return self._emit(
            type, f"shufflevector {left}, {left.type} {other}, <{len(mask)} x i32> <{picks}>"
        )

    def gep(self, scalar: str, pointer: Value, index: Value, *, inbounds: bool = False) -> Value:
        """`pointer + index` elements of `scalar`; either may be a vector."""
        count = lanes(pointer.type) or lanes(index.type)
        flag = "inbounds " if inbounds else ""
        return self._emit(
            vector("ptr", count) if count else "ptr",
            f"getelementptr {flag}{scalar}, {pointer}, {index}",
        )

    def load(self, type: str, pointer: Value, align: int, extra: str = "") -> Value:
        """Reads memory."""
        return self._emit(type, f"load {type}, {pointer}, align {align}{extra}")

    def store(self, value: Value, pointer: Value, align: int, extra: str = "") -> None:
        """Writes memory."""
        self.line(f"store {value}, {pointer}, align {align}{extra}")

    def call(self, type: str, name: str, *arguments: Value) -> Value:
        """Calls `@name`, declaring it; with type "void" the result must not be used."""
        self.module.declare(type, name, [argument.type for argument in arguments])
        text = f"call {type} @{name}({', '.join(map(str, arguments))})"
        if type == "void":
            self.line(text)
            return Value("void", "")
        return self._emit(type, text)

    def intrinsic(self, name: str, *arguments: Value, type: str | None = None) -> Value:
        """`llvm.name` overloaded on its first argument's type, as most of them are."""
        result = type or arguments[0].type
        return self.call(result, f"llvm.{name}.{mangled(arguments[0].type)}", *arguments)

    def call_pointer(self, type: str, function: Value, *arguments: Value) -> Value:
        """Calls through a function pointer."""
        text = f"call {type} {function.ref}({', '.join(map(str, arguments))})"
        if type == "void":
            self.line(text)
            return Value("void", "")
        return self._emit(type, text)

    def call_variadic(self, signature: str, function: Value, *arguments: Value) -> Value:
        """Calls a C function with variable arguments, such as printf."""
        result = signature.split(" ", 1)[0]
        return self._emit(
            result, f"call {signature} {function.ref}({', '.join(map(str, arguments))})"
        )

    def entry_slot(self, type: str) -> Value:
        """A variable on the stack, made in the first block; LLVM turns it into registers."""
        name = f"%t{self._fresh()}"
        self._blocks[0].lines.insert(0, f"{name} = alloca {type}, align 64")
        return Value("ptr", name)

    def emit(self, type: str, text: str) -> Value:
        """An instruction this class has no method for."""
        return self._emit(type, text)

    def line(self, text: str) -> None:
        """An instruction without a result."""
        self.block.lines.append(text)

    # -- control flow ------------------------------------------------------------------------

    def open(self, hint: str, after: Block | None = None) -> Block:
        """A new block, printed last (or right after another); the insertion point stays."""
        block = Block(f"{hint}.{self._fresh()}")
        place = self._blocks.index(after) + 1 if after is not None else len(self._blocks)
        self._blocks.insert(place, block)
        return block

    def move(self, block: Block) -> None:
        """Goes on writing at the end of `block`."""
        self.block = block

    @contextmanager
    def at(self, block: Block) -> Iterator[None]:
        """Writes at the end of `block` (which must not branch yet), then comes back."""
        saved, self.block = self.block, block
        try:
            yield
        finally:
            self.block = saved

    def branch(self, to: Block) -> None:
        """Ends the block with a jump."""
        self.line(f"br label %{to.label}")
        self.block.terminated = True

    def branch_if(self, condition: Value, yes: Block, no: Block, extra: str = "") -> None:
        """Ends the block with a jump to one of two."""
        self.line(f"br {condition}, label %{yes.label}, label %{no.label}{extra}")
        self.block.terminated = True

    def ret(self, value: Value | None = None) -> None:
        """Ends the function."""
        self.line(f"ret {value}" if value is not None else "ret void")
        self.block.terminated = True

    def phi(self, type: str, block: Block | None = None) -> Phi:
        """An empty phi at the head of `block` (the current one if none); add its edges later."""
        block = block or self.block
        name = f"%p{self._fresh()}"
        block.phis.append("")
        return Phi(Value(type, name), block, len(block.phis) - 1)

    @contextmanager
    def loop(
        self, start: Value, stop: Value, step: Value, *, count_is_positive: bool = False
    ) -> Iterator[Value]:
        """`for (i = start; i < stop; i += step)`, signed; the body may open blocks of its own.

        The counter is yielded. With `count_is_positive` the first test is left out.
        """
        before = self.block
        body, done = self.open("loop"), self.open("done")
        if count_is_positive:
            self.branch(body)
        else:
            self.branch_if(self.icmp("slt", start, stop), body, done)
        self.move(body)
        counter = self.phi(start.type)
        counter.add(start, before)
        yield counter.value
        following = self.op("add nsw", counter.value, step)
        counter.add(following, self.block)
        self.branch_if(self.icmp("slt", following, stop), body, done)
        self.move(done)

    def finish(self) -> str:
        """The function's text; every block must have ended in a branch or return."""
        parts = [f"{self._head} {{"]
        for block in self._blocks:
            parts.append(f"{block.label}:")
            parts.extend(f"  {line}" for line in block.phis + block.lines)
        return "\n".join([*parts, "}"])

    # -- inside ------------------------------------------------------------------------------

    def _fresh(self) -> int:
        self._names += 1
        return self._names

    def _emit(self, type: str, text: str) -> Value:
        name = f"%t{self._fresh()}"
        self.block.lines.append(f"{name} = {text}")
        return Value(type, name)


@dataclass(slots=True)
class Phi:
    """A phi under construction."""

    value: Value
    block: Block
    place: int
    edges: list[str] = field(default_factory=list)

    def add(self, value: Value, block: Block) -> None:
        """Takes `value` when control comes from `block`."""
        self.edges.append(f"[ {value.ref}, %{block.label} ]")
        self.block.phis[self.place] = (
            f"{self.value.ref} = phi {self.value.type} {', '.join(self.edges)}"
        )


def mangled(type: str) -> str:
    """The suffix by which intrinsics are overloaded: v16f32, i64, p0."""
    count = lanes(type)
    names = {"float": "f32", "double": "f64", "half": "f16", "ptr": "p0"}
    scalar = element(type)
    name = names.get(scalar, scalar)
    return f"v{count}{name}" if count else name


def _mask_of(value: Value) -> str:
    count = lanes(value.type)
    return vector("i1", count) if count else "i1"


def _literal(scalar: str, value: Constant) -> str:
    if scalar in ("float", "double", "half"):
        return float_bits(scalar, float(value))
    if scalar == "i1":
        return "true" if value else "false"
    if scalar == "ptr":
        return "null"
    return str(int(value))


def bits_of_float(value: float) -> int:
    """The 32 bits of a float32."""
    return int(struct.unpack("<I", struct.pack("<f", value))[0])
