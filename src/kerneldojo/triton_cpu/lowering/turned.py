"""Stores that lie in memory the other way round than what they store was loaded.

One nest cannot run along both. The value is kept in scratch memory, which is near, and the
store has a nest of its own.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.cost import VIEWS
from kerneldojo.triton_cpu.lowering.strides import StrideAnalysis
from kerneldojo.triton_cpu.ttir.ir import Op, Value

LEAST = 8
"""Dimensions shorter than this are not worth a turn."""


def is_turned(op: Op, strides: StrideAnalysis) -> bool:
    """Whether a store is consecutive along another dimension than its value's loads."""
    if op.name != "tt.store" or not op.operands[0].type.is_tensor:
        return False
    target = _direction(op.operands[0], strides)
    if target is None:
        return False
    sources = {_direction(load.operands[0], strides) for load in _loads(op.operands[1])}
    return bool(sources - {None, target})


def _direction(pointer: Value, strides: StrideAnalysis) -> int | None:
    """The only dimension a long run of addresses is consecutive along."""
    shape = pointer.type.shape or ()
    found = [
        dim
        for dim, (stride, extent) in enumerate(zip(strides.of(pointer), shape, strict=True))
        if stride == 1 and extent >= LEAST
    ]
    return found[0] if len(found) == 1 else None


def _loads(value: Value) -> list[Op]:
    """The loads a value is computed from at its own index."""
    found, pending, seen = [], [value], set()
    while pending:
        op = pending.pop().op
        if op is None or op in seen or op.regions or op.name in VIEWS:
            continue
        seen.add(op)
        if op.name == "tt.load":
            found.append(op)
        elif op.results[0].type.shape == value.type.shape:
            pending += op.operands
    return found
