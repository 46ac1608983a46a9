"""Which loads and stores may touch the same memory at different indices of one nest.

Arrays passed as different arguments are taken to be equal or apart, as every GPU kernel takes
them to be; two address computations from one argument may overlap in any way.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.ttir.ir import Op, Value

_THROUGH = frozenset(
    "tt.addptr tt.splat tt.broadcast tt.expand_dims tt.reshape tt.trans tt.bitcast".split()
)


def root(pointer: Value) -> Value:
    """The scalar pointer an address is computed from; itself if that cannot be told."""
    while pointer.op is not None and pointer.op.name in _THROUGH:
        pointer = pointer.op.operands[0]
    return pointer


def shifted(load: Op, store: Op) -> bool:
    """Whether a store may hit, at one index, what the load reads at another."""
    source, target = load.operands[0], store.operands[0]
    return (
        source is not target and root(source) is root(target) and not _same_address(source, target)
    )


def _same_address(x: Value, y: Value) -> bool:
    """Whether two pointers are computed by the same operations on the same values."""
    if x is y:
        return True
    if x.op is None or y.op is None or x.op.name != y.op.name or x.op.attributes != y.op.attributes:
        return False
    if x.op.name not in _THROUGH | {"arith.addi", "arith.muli", "tt.make_range", "arith.constant"}:
        return False
    pairs = zip(x.op.operands, y.op.operands, strict=True)
    return len(x.op.operands) == len(y.op.operands) and all(_same_address(p, q) for p, q in pairs)
