"""How many elements apart neighbours along each dimension are, before any code is written.

The plan of a kernel needs to know which dimension is contiguous in memory, to run the lanes of
a vector along it, and whether reading a tensor again is cheaper than keeping it.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.arithmetic import literal
from kerneldojo.triton_cpu.ttir.ir import Op, Value

Strides = tuple[int | None, ...]
"""One entry a dimension; None where the distance is unknown or varies."""


class StrideAnalysis:
    """Strides of integer and pointer tensors, computed on demand and remembered."""

    def __init__(self) -> None:
        self._known: dict[Value, Strides] = {}
        self._order: dict[Value, Strides] = {}

    def of(self, value: Value) -> Strides:
        """The strides of a tensor value; all None if nothing is known."""
        found = self._known.get(value)
        if found is None:
            rank = len(value.type.shape or ())
            self._known[value] = (None,) * rank  # A loop-carried value asks for itself.
            found = self._compute(value, rank)
            self._known[value] = found
        return found

    def _compute(self, value: Value, rank: int) -> Strides:
        op = value.op
        unknown = (None,) * rank
        if op is None or not value.type.is_tensor:
            return unknown
        if op.name in ("tt.splat", "arith.constant"):
            single = op.name == "tt.splat" or len(literal(op)) == 1
            return (0,) * rank if single else unknown
        if op.name == "tt.make_range":
            return (1,)
        if op.name == "tt.expand_dims":
            axis = int(op.attributes["axis"])
            inner = list(self.of(op.operands[0]))
            return (*inner[:axis], 0, *inner[axis:])
        if op.name == "tt.broadcast":
            shape = op.operands[0].type.shape or ()
            inner = list(self.of(op.operands[0]))
            return tuple(
                0 if size == 1 else stride for size, stride in zip(shape, inner, strict=True)
            )
        if op.name == "tt.trans":
            inner = list(self.of(op.operands[0]))
            return tuple(inner[dim] for dim in permutation(op))
        return self._arithmetic(op, rank)

    def _arithmetic(self, op: Op, rank: int) -> Strides:
        unknown = (None,) * rank
        if op.name in ("arith.extsi", "arith.extui", "tt.bitcast"):
            return self.of(op.operands[0])
        if op.name in ("tt.addptr", "arith.addi"):
            return self._combine(op, lambda p, q: p + q)
        if op.name == "arith.subi":
            return self._combine(op, lambda p, q: p - q)
        if op.name == "arith.muli":
            for x, y in (op.operands, op.operands[::-1]):
                factor = scalar_constant(y)
                if factor is not None:
                    return tuple(None if s is None else s * factor for s in self.of(x))
            # Unknown times unknown: still zero along a dimension both are constant along.
            return tuple(
                0 if p == q == 0 else None for p, q in zip(*map(self.of, op.operands), strict=True)
            )
        if op.name == "arith.remsi":
            # A remainder by one number keeps neighbours together but for the wrap.
            return self.of(op.operands[0])
        if all(operand.type.is_tensor for operand in op.operands) and op.operands:
            rows = [self.of(operand) for operand in op.operands]
            if all(len(row) == rank for row in rows):
                return tuple(
                    0 if all(s == 0 for s in column) else None for column in zip(*rows, strict=True)
                )
        return unknown

    def _combine(self, op: Op, function: object) -> Strides:
        left, right = (self.of(operand) for operand in op.operands)
        assert callable(function)
        return tuple(
            None if p is None or q is None else function(p, q)
            for p, q in zip(left, right, strict=True)
        )


def scalar_constant(value: Value) -> int | None:
    """The integer a splat constant, or a splat of a constant, holds in every element."""
    op = value.op
    if op is not None and op.name == "tt.splat":
        op = op.operands[0].op
    if op is None or op.name != "arith.constant":
        return None
    values = literal(op)
    return values[0] if len(values) == 1 and isinstance(values[0], int) else None


def permutation(op: Op) -> tuple[int, ...]:
    """The `order` of a tt.trans."""
    text = op.attributes["order"].partition(":")[2].rstrip("> ")
    return tuple(int(part) for part in text.split(","))
