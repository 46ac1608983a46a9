"""Decides which tensor operations run together in one loop nest, and which values are stored.

Triton IR is a list of operations on whole tensors. Run one by one they would stream every
temporary through memory. The plan groups a block's *anchors* (stores, reductions, scans, values
that must be kept) of one shape into `Nest`s; everything between them is recomputed or stays in
registers. Steps run in the order of the plan.

A value is kept in a buffer if it is read at other indices than its own (through a broadcast,
a transposition, a dot), from another block, by two nests and is not cheap, or if a store comes
between a load and its use.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.lowering import aliases
from kerneldojo.triton_cpu.lowering.cost import VIEWS, CostModel
from kerneldojo.triton_cpu.lowering.small_reduce import is_small_reduce
from kerneldojo.triton_cpu.lowering.steps import (
    Anchor,
    Nest,
    Plan,
    Step,
    all_operands,
    direction,
    is_anchor,
    is_control,
    is_inline,
    is_whole_use,
    iteration_shape,
    renames,
    touches_memory,
    writes,
)
from kerneldojo.triton_cpu.lowering.strides import StrideAnalysis
from kerneldojo.triton_cpu.lowering.turned import is_turned
from kerneldojo.triton_cpu.ttir.ir import Block, Op, Value


@dataclass(slots=True)
class _Closure:
    """What an anchor computes on the fly, and what it reads from elsewhere."""

    inline: dict[Value, bool] = field(default_factory=dict)
    leaves: dict[Value, bool] = field(default_factory=dict)


class Planner:
    """Plans the blocks of one function."""

    def __init__(self) -> None:
        self.strides = StrideAnalysis()
        self.cost = CostModel(self.strides)
        self.reload = CostModel(self.strides, reload=True)
        self.kept: set[Value] = set()
        self.turned: set[Op] = set()

    def plan(self, block: Block) -> Plan:
        """The plan of one block, whose dominating blocks must have been planned before.

        Nested regions are planned when they are lowered.
        """
        self.turned |= {op for op in block.ops if is_turned(op, self.strides)}
        self.kept |= {value for op in block.ops for value in op.results if self._must_keep(value)}
        while True:
            builder = _Steps(block, self.kept, self.turned)
            builder.run()
            more = builder.stale_loads() | builder.shared(self.reload) | builder.demanded
            if more <= self.kept:
                return Plan(builder.steps, self.kept, builder.reads())
            self.kept |= more

    def _must_keep(self, value: Value) -> bool:
        if not value.type.is_tensor or value.op is None or not is_inline(value.op):
            return False
        if any(is_whole_use(value, user) for user in value.users):
            return True
        if self.cost.is_cheap(value):
            return False
        return any(
            user.block is not value.op.block
            or user.name in VIEWS
            or is_small_reduce(user)
            or is_control(user)
            or (user in self.turned and user.operands[1] is value)
            for user in value.users
        )


class _Steps:
    """One pass over a block with a given set of kept values."""

    def __init__(self, block: Block, kept: set[Value], turned: set[Op]) -> None:
        self.block = block
        self.kept = kept
        self.turned = turned
        self.demanded: set[Value] = set()
        self.steps: list[Step] = []
        self.open: dict[tuple[int, ...], Nest] = {}
        self.home: dict[Value, Nest] = {}
        self._closures: dict[Anchor, _Closure] = {}
        self._loads: dict[Nest, list[Op]] = {}

    def run(self) -> None:
        for op in self.block.ops:
            if is_anchor(op):
                self.place(Anchor(op.position, op=op), iteration_shape(op))
            elif is_inline(op):
                for value in op.results:
                    if value in self.kept:
                        assert value.type.shape is not None
                        self.place(Anchor(op.position, value=value), value.type.shape)
            else:
                self.single(op)
        self.close_all()

    # -- anchors -----------------------------------------------------------------------------

    def place(self, anchor: Anchor, shape: tuple[int, ...]) -> None:
        closure = self.closure(anchor)
        axis, reverse = direction(anchor)
        self.close_producers(closure, shape)
        nest = self.open.get(shape)
        if nest is not None and not self.fits(nest, anchor, closure, axis, reverse):
            self.close(nest)
            nest = None
        if anchor.writes and anchor.op is not None:
            # What the store itself overwrites elsewhere has to be loaded in an earlier nest.
            self.demanded |= {x.result for x in _loads(closure) if aliases.shifted(x, anchor.op)}
            for other in [other for other in self.open.values() if other is not nest]:
                self.close(other)
        if nest is None:
            nest = self.open[shape] = Nest(shape)
            self._loads[nest] = []
        nest.anchors.append(anchor)
        nest.axis = axis if axis is not None else nest.axis
        nest.reverse = reverse if reverse is not None else nest.reverse
        self._loads[nest] += [
            v.op for v in closure.inline if v.op is not None and v.op.name == "tt.load"
        ]
        self._closures[anchor] = closure
        for value in anchor.op.results if anchor.op is not None else [anchor.value]:
            if value is not None:
                self.home[value] = nest
        if anchor.op is not None and anchor.op.name.startswith("tt.atomic"):
            self.close(nest)

    def fits(
        self, nest: Nest, anchor: Anchor, closure: _Closure, axis: int | None, reverse: bool | None
    ) -> bool:
        if axis is not None and nest.axis not in (None, axis):
            return False
        if reverse is not None and nest.reverse not in (None, reverse):
            return False
        if anchor.writes and anchor.op is not None and self.clashes(nest, anchor.op):
            return False
        written = [a.position for a in nest.anchors if a.writes]
        return not any(op.position > min(written) for op in _loads(closure)) if written else True

    def clashes(self, nest: Nest, store: Op) -> bool:
        """Whether a store would change what another index of the nest still has to load."""
        return any(aliases.shifted(load, store) for load in self._loads[nest])

    def close_producers(self, closure: _Closure, shape: tuple[int, ...]) -> None:
        """Finishes the nests whose results the anchor reads, but not at its own index."""
        for value, renamed in closure.leaves.items():
            nest = self.home.get(value)
            if nest is None or self.open.get(nest.shape) is not nest:
                continue
            in_registers = value in self.kept and nest.shape == shape and not renamed
            if not in_registers:
                self.close(nest)
        loads = _loads(closure)
        for nest in list(self.open.values()):
            written = [a.position for a in nest.anchors if a.writes]
            if written and any(load.position > min(written) for load in loads):
                self.close(nest)

    # -- other steps -------------------------------------------------------------------------

    def single(self, op: Op) -> None:
        """Scalar code overtakes open nests unless it depends on them or on their memory."""
        if (
            any(operand.type.is_tensor for operand in op.operands)
            or op.regions
            or is_control(op)
            or touches_memory(op)
        ):
            self.close_all()
        else:
            for operand in op.operands:
                nest = self.home.get(operand)
                if nest is not None and self.open.get(nest.shape) is nest:
                    self.close(nest)
        self.steps.append(op)

    def close(self, nest: Nest) -> None:
        del self.open[nest.shape]
        self.steps.append(nest)

    def close_all(self) -> None:
        for nest in list(self.open.values()):
            self.close(nest)

    # -- what the steps read -----------------------------------------------------------------

    def closure(self, anchor: Anchor) -> _Closure:
        op = anchor.value.op if anchor.value is not None else anchor.op
        renamed = op is not None and (renames(op) or op in self.turned)
        found = self.closure_of(anchor.needs, renamed)
        if anchor.value is not None:
            found.inline[anchor.value] = False
        return found

    def closure_of(self, values: Iterable[Value], renamed: bool = False) -> _Closure:
        """What is computed on the fly for `values`, and what is read for it."""
        found = _Closure()
        pending = [(value, renamed) for value in values]
        while pending:
            value, renamed = pending.pop()
            op = value.op
            inline = op is not None and value not in self.kept and is_inline(op)
            table = found.inline if inline else found.leaves
            if table.get(value, False) >= renamed and value in table:
                continue
            table[value] = renamed
            if inline and op is not None:
                through = renamed or renames(op)
                pending += [(operand, through) for operand in op.operands]
        return found

    def reads(self) -> dict[Value, set[tuple[int, bool]]]:
        found: dict[Value, set[tuple[int, bool]]] = {}
        for number, step in enumerate(self.steps):
            if isinstance(step, Nest):
                closures = self.closures_of(step)
            else:
                closures = [self.closure_of(all_operands(step), renamed=True)]
            for closure in closures:
                for table in (closure.inline, closure.leaves):
                    for value, renamed in table.items():
                        found.setdefault(value, set()).add((number, renamed))
        return found

    def stale_loads(self) -> set[Value]:
        """Loads some step would do after a write that comes later in the program."""
        stale: set[Value] = set()
        written: list[int] = []
        for step in self.steps:
            last = max(written, default=-1)
            for closure in self.closures_of(step):
                stale |= {load.result for load in _loads(closure) if load.position < last}
            if isinstance(step, Nest):
                written += [anchor.position for anchor in step.anchors if anchor.writes]
            elif writes(step):
                written.append(step.position)
        return stale

    def closures_of(self, step: Step) -> list[_Closure]:
        """What a nest's anchors, or the operands of any other step, are computed from."""
        if isinstance(step, Nest):
            return [self._closures[anchor] for anchor in step.anchors]
        return [self.closure_of([v for v in step.operands if v.type.is_tensor])]

    def shared(self, cost: CostModel) -> set[Value]:
        """Values that more than one nest would compute and that are not cheap to read again."""
        steps: dict[Value, set[int]] = {}
        for number, step in enumerate(self.steps):
            needs = step.anchors if isinstance(step, Nest) else [step]
            for need in needs:
                for value in need.needs if isinstance(need, Anchor) else need.operands:
                    steps.setdefault(value, set()).add(number)
        chosen: set[Value] = set()
        for op in reversed(self.block.ops):
            if not is_inline(op):
                continue
            for value in op.results:
                wanted = steps.get(value, set())
                if value in self.kept or not wanted:
                    continue
                if len(wanted) > 1 and not cost.is_cheap(value):
                    chosen.add(value)
                    wanted = {min(wanted)}
                for operand in op.operands:
                    steps.setdefault(operand, set()).update(wanted)
        return chosen


def _loads(closure: _Closure) -> list[Op]:
    return [v.op for v in closure.inline if v.op is not None and v.op.name == "tt.load"]
