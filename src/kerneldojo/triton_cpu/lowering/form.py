"""What a tensor's elements look like across the lanes of one vector.

This is the affine analysis: it happens while code is written. A value is one scalar for all
lanes (*uniform*), a scalar plus a different constant in each lane (*spread*: 0, 1, 2, … for
neighbours in memory), or an arbitrary vector. Integer and pointer arithmetic keeps the first
two apart from the third for as long as it can, so that a load knows whether its addresses are
consecutive. As in Triton's own analysis, index arithmetic is taken not to wrap inside a vector.
"""

from __future__ import annotations

from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import element

_REACH = 1 << 24
"""Lanes further apart than this are no neighbours in an index, but a hash."""

OUTSIDE = -1
"""The level of what does not change inside a loop nest."""


@dataclass(frozen=True, slots=True)
class Form:
    """One tensor value on `width` lanes.

    `level` is the innermost loop of the nest the value depends on. Exactly one of `scalar`
    (with `offsets`, in elements for pointers, or none if uniform) and `vector` is set.
    """

    level: int
    scalar: Value | None = None
    offsets: tuple[int, ...] | None = None
    vector: Value | None = None
    whole: Value | None = None
    """Of a mask: a scalar that says whether all lanes are set; none if that costs too much."""

    @property
    def is_uniform(self) -> bool:
        """Whether all lanes are the same scalar."""
        return self.scalar is not None and self.offsets is None

    @property
    def is_consecutive(self) -> bool:
        """Whether the lanes are scalar, scalar + 1, scalar + 2, …."""
        return self.offsets is not None and self.offsets == tuple(range(len(self.offsets)))

    @property
    def is_constant(self) -> bool:
        """Whether every lane is known now."""
        return self.scalar is not None and isinstance(self.scalar.constant, int)

    @property
    def kind(self) -> str:
        """The LLVM scalar type."""
        value = self.scalar if self.scalar is not None else self.vector
        assert value is not None
        return element(value.type)

    def base(self) -> Value:
        """The scalar of a uniform or spread form."""
        assert self.scalar is not None
        return self.scalar


def uniform(value: Value, level: int = OUTSIDE) -> Form:
    """The same scalar in every lane."""
    return Form(level, scalar=value)


def spread(value: Value, offsets: tuple[int, ...], level: int) -> Form:
    """A scalar plus constants; equal constants collapse into a uniform form's scalar."""
    if not any(offsets):
        return Form(level, scalar=value)
    return Form(level, scalar=value, offsets=offsets)


def as_vector(b: Builder, form: Form, width: int, pointee: str = "i8") -> Value:
    """The form as an LLVM vector; `pointee` scales a pointer's offsets."""
    if form.vector is not None:
        return form.vector
    base = form.base()
    if form.offsets is None:
        return b.splat(base, width)
    if isinstance(base.constant, int) and base.type != "ptr":
        return b.vector_const(base.type, [base.constant + offset for offset in form.offsets])
    if base.type == "ptr":
        return b.gep(pointee, base, b.vector_const("i64", form.offsets))
    return b.op("add", b.splat(base, width), b.vector_const(base.type, form.offsets))


def stays_in_order(x: Form) -> bool:
    """Whether the lanes of a spread form are taken not to wrap: known numbers, and indices."""
    offsets, width = x.offsets or (0,), int(x.kind[1:])
    if isinstance(x.base().constant, int):
        first = int(x.base().constant or 0)
        return all(-(1 << (width - 1)) <= first + o < 1 << (width - 1) for o in offsets)
    return width >= 32 and max(map(abs, offsets)) < _REACH


def add(b: Builder, x: Form, y: Form) -> Form | None:
    """The sum of two integer forms if it stays uniform or spread."""
    if x.scalar is None or y.scalar is None:
        return None
    level = max(x.level, y.level)
    total = _fold(b, "add", x.scalar, y.scalar)
    if x.offsets is None and y.offsets is None:
        return uniform(total, level)
    left, right = x.offsets or y.offsets, y.offsets or x.offsets
    if x.offsets and y.offsets:
        assert left is not None and right is not None
        return spread(total, tuple(p + q for p, q in zip(left, right, strict=True)), level)
    return spread(total, left or (), level)


def subtract(b: Builder, x: Form, y: Form) -> Form | None:
    """The difference of two integer forms if it stays uniform or spread."""
    if x.scalar is None or y.scalar is None:
        return None
    count = len(x.offsets or y.offsets or ())
    left, right = x.offsets or (0,) * count, y.offsets or (0,) * count
    offsets = tuple(p - q for p, q in zip(left, right, strict=True))
    total = _fold(b, "sub", x.scalar, y.scalar)
    level = max(x.level, y.level)
    return spread(total, offsets, level) if count else uniform(total, level)


def multiply(b: Builder, x: Form, y: Form) -> Form | None:
    """The product of two integer forms if one is a known constant."""
    if x.scalar is None or y.scalar is None:
        return None
    level = max(x.level, y.level)
    spreading, other = (x, y) if y.offsets is None else (y, x)
    offsets = spreading.offsets
    if other.offsets is not None:
        return None
    if offsets is None:
        return uniform(_fold(b, "mul", x.scalar, y.scalar), level)
    factor = other.base().constant
    if not isinstance(factor, int):
        return None
    return spread(_fold(b, "mul", x.scalar, y.scalar), tuple(p * factor for p in offsets), level)


def _fold(b: Builder, opcode: str, x: Value, y: Value) -> Value:
    """`x opcode y`, computed now if both are known or one is neutral."""
    p, q = x.constant, y.constant
    neutral = 1 if opcode == "mul" else 0
    if isinstance(q, int) and q == neutral:
        return x
    if isinstance(p, int) and p == neutral and opcode != "sub":
        return y
    if isinstance(p, int) and isinstance(q, int):
        result = {"add": p + q, "sub": p - q, "mul": p * q}[opcode]
        width = int(x.type[1:])
        wrapped = (result + (1 << (width - 1))) % (1 << width) - (1 << (width - 1))
        return b.const(x.type, wrapped if width > 1 else result & 1)
    return b.op(opcode, x, y)


def compare(b: Builder, predicate: str, x: Form, y: Form) -> Value | None:
    """Whether an order predicate holds in all lanes of two uniform or spread forms."""
    if x.scalar is None or y.scalar is None or predicate[1:] not in ("lt", "le", "gt", "ge"):
        return None
    if int(x.kind[1:]) < 32:
        return None  # Only indices are known not to wrap.
    below = predicate[1] == "l"
    low, high = (x, y) if below else (y, x)
    least, most = low.offsets or (0,), high.offsets or (0,)
    if predicate[0] == "u":
        return _compare_unsigned(b, predicate[:1] + "l" + predicate[2:], low, high)
    # Signed sizes may be near the largest integer, never near the least one.
    limit = _shifted(b, high.base(), min(most) - max(least))
    return b.icmp(predicate[:1] + "l" + predicate[2:], low.base(), limit)


def _compare_unsigned(b: Builder, predicate: str, low: Form, high: Form) -> Value | None:
    """Negative indices are large as unsigned numbers: the first lanes may be on that side."""
    if high.offsets is not None:
        return None
    offsets = low.offsets or (0,)
    last = _shifted(b, low.base(), max(offsets))
    inside = b.icmp(predicate, last, high.base())
    distance = b.const(last.type, max(offsets) - min(offsets))
    return b.op("and", inside, b.icmp("uge", last, distance))


def _shifted(b: Builder, value: Value, distance: int) -> Value:
    return _fold(b, "add", value, b.const(value.type, distance))
