"""The words a plan is made of: anchors, nests, steps, and what kind an operation is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kerneldojo.triton_cpu.lowering.cost import VIEWS
from kerneldojo.triton_cpu.lowering.regions import is_sequential
from kerneldojo.triton_cpu.lowering.small_reduce import is_small_reduce
from kerneldojo.triton_cpu.ttir.ir import Block, Op, Value, walk

SINKS = frozenset(
    "tt.store tt.reduce tt.scan tt.atomic_rmw tt.atomic_cas tt.atomic_poll "
    "tt.print tt.assert".split()
)
"""Anchors by nature, if they work on tensors."""

WRITES = frozenset(
    "tt.store tt.atomic_rmw tt.atomic_cas tt.atomic_poll ttg.barrier gpu.barrier tt.call".split()
)

WHOLE = frozenset("tt.histogram tt.call tt.unsplat".split())
"""Operations that read their tensor operands out of buffers, at indices of their own."""


@dataclass(slots=True, eq=False)
class Anchor:
    """Something a nest must do at every index: run `op`, or keep `value` in its buffer."""

    position: int
    op: Op | None = None
    value: Value | None = None

    @property
    def needs(self) -> list[Value]:
        """The values it computes with."""
        if self.op is not None:
            return self.op.operands
        assert self.value is not None
        assert self.value.op is not None
        return self.value.op.operands

    @property
    def writes(self) -> bool:
        """Whether it changes memory a load can see."""
        return self.op is not None and self.op.name in WRITES


@dataclass(slots=True, eq=False)
class Nest:
    """Anchors over one shape; `axis` is the one reductions and scans run along, if any."""

    shape: tuple[int, ...]
    anchors: list[Anchor] = field(default_factory=list)
    axis: int | None = None
    reverse: bool | None = None


Step = Nest | Op
"""A loop nest, or one operation that is not part of any: scalar code, control flow, a dot."""


@dataclass(slots=True)
class Plan:
    """The steps of a block, the values it keeps, and in which steps each value is read."""

    steps: list[Step]
    kept: set[Value]
    reads: dict[Value, set[tuple[int, bool]]]
    """Steps that read a value, and whether at other indices than their own."""

    def step_of(self, value: Value) -> int:
        """The step that computes a kept value or an operation's result; -1 if none does."""
        for number, step in enumerate(self.steps):
            if isinstance(step, Op):
                if value.op is step:
                    return number
            elif any(
                a.value is value or (a.op is not None and a.op is value.op) for a in step.anchors
            ):
                return number
        return -1

    def last_uses(self, block: Block) -> dict[int, list[Value]]:
        """For each step, the kept values of the block that no later step reads.

        What the terminator reads is left out: its values move on when the block is done.
        """
        last = len(self.steps) - 1
        found: dict[int, list[Value]] = {}
        for value, readers in self.reads.items():
            step = max(number for number, _ in readers)
            if value.op is not None and value.op.block is block and step < last:
                found.setdefault(step, []).append(value)
        return found


def is_inline(op: Op) -> bool:
    """Whether a nest may compute the operation at any index it needs."""
    if is_small_reduce(op):
        return True
    if op.regions or op.name in SINKS | WHOLE | {"tt.dot"}:
        return False
    return bool(op.results) and op.results[0].type.is_tensor


def is_whole_use(value: Value, user: Op) -> bool:
    """Whether `user` needs the value in a buffer whatever it costs."""
    if user.name in WHOLE or is_sequential(user):
        return True
    return user.name == "tt.gather" and user.operands[0] is value


def is_anchor(op: Op) -> bool:
    """Whether the operation is the work of a nest rather than a step of its own."""
    if op.name not in SINKS or is_small_reduce(op) or is_sequential(op):
        return False
    return any(operand.type.is_tensor for operand in op.operands)


def iteration_shape(op: Op) -> tuple[int, ...]:
    """The shape an anchor's nest runs over."""
    return max(
        (o.type.shape for o in op.operands if o.type.shape is not None), key=lambda s: (len(s), s)
    )


def renames(op: Op) -> bool:
    """Whether the operation reads its operands at other indices than its own."""
    return op.name in VIEWS or is_small_reduce(op) or op.name == "tt.gather"


def direction(anchor: Anchor) -> tuple[int | None, bool | None]:
    """The axis an anchor needs its loop along, and whether backwards; None if it needs none."""
    if anchor.op is None or anchor.op.name not in ("tt.reduce", "tt.scan"):
        return None, None
    reverse = anchor.op.attributes.get("reverse") == "true" if anchor.op.name == "tt.scan" else None
    return int(anchor.op.attributes["axis"]), reverse


def is_control(op: Op) -> bool:
    """Whether the operation decides what runs next."""
    return op.name.startswith(("scf.", "cf.")) or op.name in ("tt.return", "tt.call")


def touches_memory(op: Op) -> bool:
    """Whether the operation must keep its place among loads and stores."""
    return op.name in WRITES or op.name in ("tt.load", "tt.print", "tt.assert")


def writes(op: Op) -> bool:
    """Whether the operation, or one inside it, changes memory a load can see."""
    return op.name in WRITES or any(
        inner.name in WRITES for region in op.regions for inner in walk(region)
    )


def all_operands(op: Op) -> Iterable[Value]:
    """The operands of an operation and of everything inside it."""
    yield from op.operands
    for region in op.regions:
        for inner in walk(region):
            yield from inner.operands
