"""Reductions along an axis of two, which sorting networks are made of.

They are computed at each index on the fly, from the two elements, rather than in a nest.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.regions import is_sequential
from kerneldojo.triton_cpu.ttir.ir import Op

LIMIT = 4
"""The longest axis that is unrolled."""


def is_small_reduce(op: Op) -> bool:
    """Whether `op` reduces a tensor along an axis short enough to unroll."""
    if op.name != "tt.reduce" or not op.results[0].type.is_tensor or is_sequential(op):
        return False
    shape = op.operands[0].type.shape or ()
    return shape[int(op.attributes["axis"])] <= LIMIT
