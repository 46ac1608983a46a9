"""Runs the plan of each block: nests, scalar code, loops, branches, calls.

Scalars that control flow merges become phis. A tensor it merges has a buffer: a loop-carried
one is updated in place whenever nothing reads the old value any more, and copied otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.errors import UnsupportedOperation
from kerneldojo.triton_cpu.llvm.builder import Block as Code
from kerneldojo.triton_cpu.llvm.builder import Builder, Phi
from kerneldojo.triton_cpu.llvm.builder import Value as Register
from kerneldojo.triton_cpu.lowering import scalar
from kerneldojo.triton_cpu.lowering.anchors import copy, write_nest
from kerneldojo.triton_cpu.lowering.buffers import Buffer
from kerneldojo.triton_cpu.lowering.elements import register
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.regions import is_sequential
from kerneldojo.triton_cpu.lowering.reuse import reuse
from kerneldojo.triton_cpu.lowering.sequential import write_fold, write_map
from kerneldojo.triton_cpu.lowering.steps import Nest, Plan
from kerneldojo.triton_cpu.lowering.whole import WHOLE_WRITERS
from kerneldojo.triton_cpu.ttir.ir import Block, Function, Op, Value


@dataclass(slots=True)
class _Call:
    """A function being written inline: where its returns go, and what each brings."""

    after: Code
    returns: list[tuple[Code, list[Register | None]]] = field(default_factory=list)
    results: list[Buffer | None] = field(default_factory=list)


class Control:
    """Writes the code of a function's blocks."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._calls: list[_Call] = []
        self._labels: list[dict[str, tuple[Code, Block, list[Phi | None]]]] = []

    @property
    def b(self) -> Builder:
        """The builder."""
        return self.frame.b

    # -- blocks ------------------------------------------------------------------------------

    def function(self, function: Function) -> None:
        """The body of a function whose arguments are bound already."""
        self.blocks(function.blocks)

    def blocks(self, blocks: Sequence[Block]) -> None:
        """The first of `blocks` and those it jumps to."""
        labels: dict[str, tuple[Code, Block, list[Phi | None]]] = {}
        for block in blocks[1:]:
            code = self.b.open("block")
            labels[block.label] = (code, block, [self._argument(a, code) for a in block.arguments])
        self._labels.append(labels)
        self.block(blocks[0])
        for code, block, _ in labels.values():
            self.b.move(code)
            self.block(block)
        self._labels.pop()

    def _argument(self, argument: Value, code: Code) -> Phi | None:
        if argument.type.is_tensor:
            self.frame.buffers[argument] = self.frame.new_buffer(argument.type)
            return None
        phi = self.b.phi(register(argument.type.element), code)
        self.frame.scalars[argument] = phi.value
        return phi

    def block(self, block: Block, plan: Plan | None = None) -> None:
        """Every step of a block, its terminator last."""
        plan = plan or self.frame.planner.plan(block)
        last_uses = plan.last_uses(block) if self._is_closed(block) else {}
        for number, step in enumerate(plan.steps):
            if isinstance(step, Nest):
                write_nest(self.frame, step)
            else:
                with self.frame.blame(step):
                    self.step(step)
            for value in last_uses.get(number, ()):
                self.frame.forget(value)

    def _is_closed(self, block: Block) -> bool:
        """Whether the block's values are used in it and inside its operations only."""
        return block.parent is not None or not self._labels[-1]

    def step(self, op: Op) -> None:
        """One operation outside every nest."""
        if op.name in _CONTROL:
            _CONTROL[op.name](self, op)
        elif is_sequential(op):
            (write_map if op.name == "tt.map_elementwise" else write_fold)(self, op)
        elif op.name in WHOLE_WRITERS:
            WHOLE_WRITERS[op.name](self.frame, op)
        else:
            scalar.emit(self.frame, op)

    # -- copies ------------------------------------------------------------------------------

    def settle(self, values: Sequence[Value], targets: Sequence[Buffer | None]) -> None:
        """Copies tensors into the buffers that stand for them elsewhere, all at once."""
        moves = []
        for value, target in zip(values, targets, strict=True):
            if target is not None and self.frame.stored_at(value) != target.pointer:
                moves.append((value, target))
        written = {target.pointer for _, target in moves}
        late: list[tuple[Buffer | None, Buffer, Value]] = []
        for value, target in moves:
            others = written - {target.pointer}
            frame = self.frame
            if frame.reads_any(value, others) or frame.reads_elsewhere(value, target.pointer):
                aside = self.frame.new_buffer(value.type)
                copy(self.frame, value, aside)
                late.append((aside, target, value))
            else:
                late.append((None, target, value))
        for copied, target, value in late:
            source = value
            if copied is not None:
                source = Value("copy", value.type)
                self.frame.buffers[source] = copied
            copy(self.frame, source, target)

    def scalars_of(self, values: Sequence[Value]) -> list[Register | None]:
        """The scalars among `values`; None for tensors."""
        return [None if v.type.is_tensor else self.frame.scalar(v) for v in values]

    # -- loops -------------------------------------------------------------------------------

    def carry_in(
        self, op: Op, inits: Sequence[Value], arguments: Sequence[Value]
    ) -> list[Buffer | None]:
        """Gives each carried tensor its buffer, holding the initial value."""
        targets: list[Buffer | None] = []
        for init, argument in zip(inits, arguments, strict=True):
            if not init.type.is_tensor:
                targets.append(None)
                continue
            own = init.op is not None and init.op.block is op.block and init.users == [op]
            if own and self.frame.stored_at(init) is not None and inits.count(init) == 1:
                target = self.frame.buffer(init)
                self.frame.share(target)
            else:
                target = self.frame.new_buffer(init.type)
                copy(self.frame, init, target)
            self.frame.buffers[argument] = target
            targets.append(target)
        return targets

    def for_loop(self, op: Op) -> None:
        """`scf.for`: a signed (or unsigned) counter and carried values."""
        b, frame = self.b, self.frame
        (body,) = op.regions[0]
        start, stop, step = (frame.scalar(value) for value in op.operands[:3])
        inits, arguments = op.operands[3:], body.arguments[1:]
        targets = self.carry_in(op, inits, arguments)
        header, inside, done = b.open("for"), b.open("do"), b.open("end")
        before = b.block
        b.branch(header)
        b.move(header)
        counter = b.phi(start.type)
        counter.add(start, before)
        frame.scalars[body.arguments[0]] = counter.value
        phis = self._phis(arguments)
        self._feed(phis, self.scalars_of(inits), before)
        predicate = "ult" if op.attributes.get("unsigned") else "slt"
        b.branch_if(b.icmp(predicate, counter.value, stop), inside, done)
        b.move(inside)
        self._body(body, arguments, targets)
        following = b.op("add", counter.value, step)
        counter.add(following, b.block)
        self._feed(phis, self.scalars_of(body.terminator.operands), b.block)
        b.branch(header)
        b.move(done)
        self._results(op.results, phis, targets)

    def _body(
        self, body: Block, arguments: Sequence[Value], targets: Sequence[Buffer | None]
    ) -> None:
        plan = self.frame.planner.plan(body)
        yielded = body.terminator.operands
        reuse(self.frame, plan, body, yielded, targets, arguments)
        self.block(body, plan)
        self.settle(yielded, targets)

    def _phis(self, arguments: Sequence[Value]) -> list[Phi | None]:
        phis: list[Phi | None] = []
        for argument in arguments:
            phi = None if argument.type.is_tensor else self.b.phi(register(argument.type.element))
            if phi is not None:
                self.frame.scalars[argument] = phi.value
            phis.append(phi)
        return phis

    def _feed(
        self, phis: Sequence[Phi | None], values: Sequence[Register | None], source: Code
    ) -> None:
        for phi, value in zip(phis, values, strict=True):
            if phi is not None and value is not None:
                phi.add(value, source)

    def _results(
        self, results: Sequence[Value], phis: Sequence[Phi | None], targets: Sequence[Buffer | None]
    ) -> None:
        for result, phi, target in zip(results, phis, targets, strict=True):
            if phi is not None:
                self.frame.scalars[result] = phi.value
            elif target is not None:
                self.frame.buffers[result] = target

    def while_loop(self, op: Op) -> None:
        """`scf.while`: a block that decides, and a block that works."""
        b, frame = self.b, self.frame
        (deciding,), (working,) = op.regions
        entering = self.carry_in(op, op.operands, deciding.arguments)
        header, inside, done = b.open("while"), b.open("do"), b.open("end")
        before = b.block
        b.branch(header)
        b.move(header)
        phis = self._phis(deciding.arguments)
        self._feed(phis, self.scalars_of(op.operands), before)
        passing = [frame.new_buffer(r.type) if r.type.is_tensor else None for r in op.results]
        self.block(deciding)
        condition, *passed = deciding.terminator.operands
        self.settle(passed, passing)
        b.branch_if(frame.scalar(condition), inside, done)
        for names in (working.arguments, op.results):
            for name, value, buffer in zip(names, passed, passing, strict=True):
                if buffer is None:
                    frame.scalars[name] = frame.scalar(value)
                else:
                    frame.buffers[name] = buffer
        b.move(inside)
        self.block(working)
        self.settle(working.terminator.operands, entering)
        self._feed(phis, self.scalars_of(working.terminator.operands), b.block)
        b.branch(header)
        b.move(done)

    # -- branches ----------------------------------------------------------------------------

    def if_else(self, op: Op) -> None:
        """`scf.if`, with or without results."""
        b, frame = self.b, self.frame
        targets = [frame.new_buffer(r.type) if r.type.is_tensor else None for r in op.results]
        yes, no, done = b.open("then"), b.open("else"), b.open("endif")
        b.branch_if(frame.scalar(op.operands[0]), yes, no)
        ends: list[tuple[Code, list[Register | None]]] = []
        for code, region in (
            (yes, op.regions[0]),
            (no, op.regions[1] if len(op.regions) > 1 else []),
        ):
            b.move(code)
            values: list[Value] = []
            if region:
                plan = frame.planner.plan(region[0])
                values = region[0].terminator.operands
                reuse(frame, plan, region[0], values, targets, [None] * len(values))
                self.block(region[0], plan)
                self.settle(values, targets)
            ends.append((b.block, self.scalars_of(values)))
            b.branch(done)
        b.move(done)
        phis = self._phis(op.results)
        for code, scalars in ends:
            self._feed(phis, scalars, code)
        self._results(op.results, phis, targets)

    def jump(self, op: Op) -> None:
        """`cf.br` and `cf.cond_br`: what a successor's arguments take is copied on its edge."""
        if len(op.successors) == 1:
            self._edge(op.successors[0])
            return
        edges = [self.b.open("edge") for _ in op.successors]
        self.b.branch_if(self.frame.scalar(op.operands[0]), edges[0], edges[1])
        for edge, successor in zip(edges, op.successors, strict=True):
            self.b.move(edge)
            self._edge(successor)

    def _edge(self, successor: tuple[str, list[Value]]) -> None:
        label, values = successor
        code, block, phis = self._labels[-1][label]
        targets = [self.frame.buffers[a] if a.type.is_tensor else None for a in block.arguments]
        self.settle(values, targets)
        self._feed(phis, self.scalars_of(values), self.b.block)
        self.b.branch(code)

    # -- calls -------------------------------------------------------------------------------

    def call(self, op: Op) -> None:
        """`tt.call`: the callee's code in place, however often it is called.

        Raises:
            UnsupportedOperation: for a function that calls itself.
        """
        callee = self.frame.functions[op.attributes["callee"]]
        if len(self._calls) > 50:
            raise UnsupportedOperation(f"the recursive function {callee.name!r}")
        for argument, operand in zip(callee.arguments, op.operands, strict=True):
            if argument.type.is_tensor:
                self.frame.buffers[argument] = self.frame.buffer(operand)
                self.frame.share(self.frame.buffer(operand))
            else:
                self.frame.scalars[argument] = self.frame.scalar(operand)
        results = [self.frame.new_buffer(r.type) if r.type.is_tensor else None for r in op.results]
        call = self._inline(callee.blocks, results)
        phis = self._phis(op.results)
        for code, scalars in call.returns:
            self._feed(phis, scalars, code)
        self._results(op.results, phis, results)

    def _inline(self, blocks: Sequence[Block], results: list[Buffer | None]) -> _Call:
        call = _Call(self.b.open("returned"), results=results)
        self._calls.append(call)
        self.blocks(blocks)
        self._calls.pop()
        self.b.move(call.after)
        return call

    def inline(self, region: Sequence[Block], arguments: Sequence[Register]) -> list[Register]:
        """What a region on scalars returns for these arguments."""
        self.frame.scalars.update(zip(region[0].arguments, arguments, strict=True))
        count = len(region[-1].terminator.operands)
        call = self._inline(region, [None] * count)
        found = []
        for number in range(count):
            values = [(code, value) for code, given in call.returns if (value := given[number])]
            phi = self.b.phi(values[0][1].type)
            for code, value in values:
                phi.add(value, code)
            found.append(phi.value)
        return found

    def finish(self, op: Op) -> None:
        """A return: back to where the function or region is inlined, or out of the program."""
        if not self._calls:
            self.frame.leave(self.b.const("i32", 0))
            return
        call = self._calls[-1]
        self.settle(op.operands, call.results)
        call.returns.append((self.b.block, self.scalars_of(op.operands)))
        self.b.branch(call.after)

    def nothing(self, op: Op) -> None:
        """Terminators of regions, whose parents do the work, and hints."""


_CONTROL: dict[str, Callable[[Control, Op], None]] = {
    "scf.for": Control.for_loop,
    "scf.while": Control.while_loop,
    "scf.if": Control.if_else,
    "scf.yield": Control.nothing,
    "scf.condition": Control.nothing,
    "cf.br": Control.jump,
    "cf.cond_br": Control.jump,
    "tt.call": Control.call,
    "tt.return": Control.finish,
    "tt.reduce.return": Control.finish,
    "tt.scan.return": Control.finish,
    "tt.map_elementwise.return": Control.finish,
    "llvm.intr.assume": Control.nothing,
    "ttg.barrier": Control.nothing,
    "gpu.barrier": Control.nothing,
}
