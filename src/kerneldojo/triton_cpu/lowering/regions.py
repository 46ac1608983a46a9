"""What the region of a reduction, a scan or a map contains."""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.arithmetic import is_elementwise
from kerneldojo.triton_cpu.ttir.ir import Op


def is_sequential(op: Op) -> bool:
    """Whether the operation's region must run for one element after the other.

    A region of plain arithmetic does not: it is applied to whole vectors.
    """
    if op.name == "tt.map_elementwise":
        return True
    return op.name in ("tt.reduce", "tt.scan") and _has_more_than_arithmetic(op)


def _has_more_than_arithmetic(op: Op) -> bool:
    (region,) = op.regions
    plain = (
        inner.name == "arith.constant" or is_elementwise(inner.name) for inner in region[0].ops[:-1]
    )
    return len(region) > 1 or not all(plain)
