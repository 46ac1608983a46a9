"""Arithmetic written as arithmetic: Python's operators emit instructions.

An `Expr` is an operand with the builder that made it. Numbers on either side of an operator
become constants of the other side's type, in every lane. Integers are signed unless said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import element, lanes, vector


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A scalar or vector operand."""

    b: Builder
    value: Value

    @property
    def scalar(self) -> str:
        """The LLVM type of one lane."""
        return element(self.value.type)

    @property
    def is_float(self) -> bool:
        """Whether the lanes are floating-point numbers."""
        return self.scalar in ("float", "double", "half")

    def __add__(self, other: Operand) -> Expr:
        return self._op("fadd" if self.is_float else "add", other)

    def __sub__(self, other: Operand) -> Expr:
        return self._op("fsub" if self.is_float else "sub", other)

    def __rsub__(self, other: float) -> Expr:
        return self.like(other) - self

    def __mul__(self, other: Operand) -> Expr:
        return self._op("fmul" if self.is_float else "mul", other)

    def __truediv__(self, other: Operand) -> Expr:
        return self._op("fdiv", other)

    def __rtruediv__(self, other: float) -> Expr:
        return self.like(other) / self

    def __neg__(self) -> Expr:
        if self.is_float:
            return Expr(self.b, self.b.fneg(self.value))
        return self.like(0) - self

    def __and__(self, other: Operand) -> Expr:
        return self._op("and", other)

    def __or__(self, other: Operand) -> Expr:
        return self._op("or", other)

    def __xor__(self, other: Operand) -> Expr:
        return self._op("xor", other)

    def __lshift__(self, other: Operand) -> Expr:
        return self._op("shl", other)

    def __rshift__(self, other: Operand) -> Expr:
        """Keeps the sign; `shift_right` does not."""
        return self._op("ashr", other)

    def shift_right(self, other: Operand) -> Expr:
        """The bits moved down, zeros coming in."""
        return self._op("lshr", other)

    def __lt__(self, other: Operand) -> Expr:
        return self._compare("lt", other)

    def __le__(self, other: Operand) -> Expr:
        return self._compare("le", other)

    def __gt__(self, other: Operand) -> Expr:
        return self._compare("gt", other)

    def __ge__(self, other: Operand) -> Expr:
        return self._compare("ge", other)

    def equals(self, other: Operand) -> Expr:
        """Equal lanes; never a NaN."""
        right = self.like(other).value
        if self.is_float:
            return Expr(self.b, self.b.fcmp("oeq", self.value, right))
        return Expr(self.b, self.b.icmp("eq", self.value, right))

    def is_nan(self) -> Expr:
        """The lanes that are no number."""
        return Expr(self.b, self.b.fcmp("uno", self.value, self.value))

    def pick(self, yes: Operand, no: Operand) -> Expr:
        """`yes` where this mask holds, else `no`; one of them must be an `Expr`."""
        kind = yes if isinstance(yes, Expr) else no
        assert isinstance(kind, Expr)
        return Expr(self.b, self.b.select(self.value, kind.like(yes).value, kind.like(no).value))

    def fma(self, factor: Operand, addend: Operand) -> Expr:
        """`self * factor + addend`, rounded once; only for hosts that have the instruction."""
        return self.apply("fma", factor, addend)

    def apply(self, intrinsic: str, *others: Operand) -> Expr:
        """LLVM's `llvm.intrinsic` of operands of one type."""
        right = [self.like(other).value for other in others]
        return Expr(self.b, self.b.intrinsic(intrinsic, self.value, *right))

    def abs(self) -> Expr:
        """The magnitude of floats."""
        return self.apply("fabs")

    def sign_of(self, other: Expr) -> Expr:
        """This magnitude with the sign of `other`."""
        return self.apply("copysign", other)

    def bits(self) -> Expr:
        """The lanes' bits as integers."""
        return self.cast("bitcast", {"float": "i32", "double": "i64", "half": "i16"}[self.scalar])

    def as_float(self) -> Expr:
        """Integers reinterpreted as floats of the same size."""
        return self.cast("bitcast", {"i32": "float", "i64": "double", "i16": "half"}[self.scalar])

    def cast(self, opcode: str, to: str) -> Expr:
        """One of LLVM's conversions to scalar type `to`."""
        return Expr(self.b, self.b.cast(opcode, self.value, to))

    def like(self, other: Operand) -> Expr:
        """`other` as an operand next to this one."""
        if isinstance(other, Expr):
            return other
        return Expr(self.b, self.b.const(self.value.type, other))

    def of(self, scalar: str, other: float) -> Expr:
        """A constant of another scalar type in as many lanes."""
        count = lanes(self.value.type)
        return Expr(self.b, self.b.const(vector(scalar, count) if count else scalar, other))

    def _op(self, opcode: str, other: Operand) -> Expr:
        return Expr(self.b, self.b.op(opcode, self.value, self.like(other).value))

    def _compare(self, relation: str, other: Operand) -> Expr:
        right = self.like(other).value
        if self.is_float:
            return Expr(self.b, self.b.fcmp(f"o{relation}", self.value, right))
        return Expr(self.b, self.b.icmp(f"s{relation}", self.value, right))


Operand = Expr | float


def polynomial(x: Expr, coefficients: Sequence[float]) -> Expr:
    """`c[0] + c[1] x + c[2] x^2 ...` by Horner's rule."""
    total = x.like(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total.fma(x, coefficient)
    return total


def at_most(x: Expr, limit: float) -> Expr:
    """The smaller of the two; a NaN stays."""
    return (x > limit).pick(limit, x)


def at_least(x: Expr, limit: float) -> Expr:
    """The larger of the two; a NaN stays."""
    return (x < limit).pick(limit, x)
