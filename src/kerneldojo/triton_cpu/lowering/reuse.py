"""Which values may be computed straight into the buffer they end up in.

A loop's accumulator should be updated where it is. That is right as long as every read of the
old value comes before the step that writes the new one, or happens in the same nest at the same
index.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.lowering.buffers import Buffer
from kerneldojo.triton_cpu.lowering.frame import Frame
from kerneldojo.triton_cpu.lowering.steps import Nest, Plan
from kerneldojo.triton_cpu.ttir.ir import Block, Op, Value

_OWN_BUFFER = frozenset(["tt.dot", "tt.reduce", "tt.scan", "tt.histogram"])


def reuse(
    frame: Frame,
    plan: Plan,
    body: Block,
    yielded: Sequence[Value],
    targets: Sequence[Buffer | None],
    holders: Sequence[Value | None],
) -> None:
    """Lets the values a block yields be computed in their targets where nothing is lost.

    Args:
        frame: the kernel; its `preferred` buffers are set.
        plan: the plan of the block.
        body: the block.
        yielded: what it yields.
        targets: the buffers of what is yielded; None for scalars.
        holders: the block arguments whose old values the targets hold; None where there is none.
    """
    for value, target, holder in zip(yielded, targets, holders, strict=True):
        if target is None or not _movable(frame, plan, body, value) or yielded.count(value) > 1:
            continue
        if _safe(plan, plan.step_of(value), holder, value):
            frame.preferred[value] = target
            frame.buffers.pop(value, None)
            _through_dot(frame, plan, body, value, holder)


def _movable(frame: Frame, plan: Plan, body: Block, value: Value) -> bool:
    if value.op is None or value.op.block is not body or value in frame.preferred:
        return False
    return value in plan.kept or value.op.name in _OWN_BUFFER


def _through_dot(frame: Frame, plan: Plan, body: Block, value: Value, holder: Value | None) -> None:
    """A dot adds to its third operand: that may be computed in the same place."""
    if value.op is None or value.op.name != "tt.dot":
        return
    addend = value.op.operands[2]
    if (
        addend.type != value.type
        or addend.users != [value.op]
        or not _movable(frame, plan, body, addend)
    ):
        return
    if _safe(plan, plan.step_of(addend), holder, addend):
        frame.preferred[addend] = frame.preferred[value]
        frame.buffers.pop(addend, None)


def _safe(plan: Plan, step: int, holder: Value | None, value: Value) -> bool:
    if step < 0:
        return False
    if holder is None:
        return True
    for reading, renamed in plan.reads.get(holder, ()):
        if reading > step:
            return False
        if reading == step and not _same_place(plan.steps[step], holder, value, renamed):
            return False
    return True


def _same_place(step: Nest | Op, holder: Value, value: Value, renamed: bool) -> bool:
    if isinstance(step, Nest):
        return not renamed and step.shape == holder.type.shape
    return step.name == "tt.dot" and holder not in step.operands[:2] and step.operands[2] is holder
