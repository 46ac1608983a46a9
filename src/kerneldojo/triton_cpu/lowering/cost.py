"""What recomputing a tensor value costs, in vector instructions: cheap values are never stored."""

from __future__ import annotations

from kerneldojo.triton_cpu.lowering.strides import StrideAnalysis
from kerneldojo.triton_cpu.ttir.ir import Op, Value

CHEAP = 10
"""Below this, a value is computed again wherever it is used."""

NEVER = 1000
"""The value exists once: it has an effect, or comes out of a loop nest."""

FREE = frozenset(
    "arith.constant tt.make_range tt.splat tt.expand_dims tt.broadcast tt.addptr tt.bitcast "
    "arith.extsi arith.extui arith.trunci arith.bitcast".split()
)
_ONE = frozenset(
    "arith.addi arith.subi arith.muli arith.andi arith.ori arith.xori arith.shli arith.shrui "
    "arith.shrsi arith.cmpi arith.cmpf arith.select arith.addf arith.subf arith.mulf arith.negf "
    "arith.maxsi arith.minsi arith.maxui arith.minui arith.extf arith.truncf arith.sitofp "
    "arith.uitofp tt.join tt.split tt.cat tt.reshape tt.trans math.absf math.fma".split()
)
VIEWS = frozenset(
    "tt.expand_dims tt.broadcast tt.reshape tt.trans tt.join tt.split tt.cat kd.decoded".split()
)
"""Operations that rename indices, and do little else."""


class CostModel:
    """Costs of recomputing values, remembered.

    With `reload`, a contiguous load counts as little: reading memory again costs no more than
    keeping a copy and reading that. The caller must know that nothing was written in between.
    """

    def __init__(self, strides: StrideAnalysis, *, reload: bool = False) -> None:
        self._strides = strides
        self._reload = reload
        self._known: dict[Value, int] = {}

    def of(self, value: Value) -> int:
        """The cost of computing `value` from what is stored or free."""
        if value not in self._known:
            self._known[value] = self._compute(value)
        return self._known[value]

    def is_cheap(self, value: Value) -> bool:
        """Whether the value is recomputed rather than kept."""
        return self.of(value) < CHEAP

    def _compute(self, value: Value) -> int:
        if not value.type.is_tensor:
            return 0
        if value.op is None:
            return NEVER
        op = value.op
        if op.name == "tt.broadcast" and (op.operands[0].type.shape or (0,))[-1] == 1:
            return 0  # The same in all lanes, and computed outside the innermost loop.
        if op.name in VIEWS:
            # An operand that is not cheap is kept, for renaming its indices is why.
            return 1 + max(
                (
                    min(self.of(operand), 2) if not self.is_cheap(operand) else self.of(operand)
                    for operand in op.operands
                ),
                default=0,
            )
        return min(NEVER, self.own(op) + sum(self.of(operand) for operand in op.operands))

    def own(self, op: Op) -> int:
        """The cost of one operation, its operands given."""
        if (
            op.regions
            or op.name in ("tt.dot", "tt.histogram", "tt.call")
            or op.name.startswith("tt.atomic")
        ):
            return NEVER
        if op.name in FREE:
            return 0
        if op.name in _ONE:
            return 1
        if op.name == "tt.load":
            return 2 if self._reload and is_contiguous_load(op, self._strides) else CHEAP
        return CHEAP if op.name.startswith(("arith.", "tt.")) else 2 * CHEAP


def is_contiguous_load(op: Op, strides: StrideAnalysis) -> bool:
    """Whether a load's last dimension is consecutive in memory or constant."""
    known = strides.of(op.operands[0])
    return bool(known) and known[-1] in (0, 1)
