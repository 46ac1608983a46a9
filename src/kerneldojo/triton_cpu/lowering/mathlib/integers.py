"""Integer functions of libdevice and of MLIR's `math` dialect, lane by lane."""

from __future__ import annotations

from kerneldojo.triton_cpu.llvm.builder import mangled
from kerneldojo.triton_cpu.lowering.mathlib.algebra import Expr


def _with_flag(name: str, x: Expr) -> Expr:
    flag = x.b.const("i1", False)
    return Expr(x.b, x.b.call(x.value.type, f"llvm.{name}.{mangled(x.value.type)}", x.value, flag))


def absolute(x: Expr) -> Expr:
    """The magnitude; the least integer stays."""
    return _with_flag("abs", x)


def leading_zeros(x: Expr) -> Expr:
    """The zeros above the highest bit set."""
    return _with_flag("ctlz", x)


def trailing_zeros(x: Expr) -> Expr:
    """The zeros below the lowest bit set."""
    return _with_flag("cttz", x)


def ones(x: Expr) -> Expr:
    """How many bits are set."""
    return x.apply("ctpop")


def reversed_bits(x: Expr) -> Expr:
    """The bits in opposite order."""
    return x.apply("bitreverse")


def first_set(x: Expr) -> Expr:
    """The place of the lowest bit set, counted from 1; 0 if there is none."""
    return x.equals(0).pick(0, trailing_zeros(x) + 1)


def as_i32(x: Expr) -> Expr:
    """The lowest 32 bits."""
    return x if x.scalar == "i32" else x.cast("trunc", "i32")


def byte_permute(x: Expr, y: Expr, selector: Expr) -> Expr:
    """Four bytes of the eight in `y:x`, picked by the selector's lowest four digits."""
    pool = (y.cast("zext", "i64") << 32) | x.cast("zext", "i64")
    wide = selector.cast("zext", "i64")
    result = pool.like(0)
    for place in range(4):
        start = (wide.shift_right(4 * place) & 7) << 3
        result = result | ((pool.shift_right(start) & 0xFF) << (8 * place))
    return as_i32(result)


def multiply_high(x: Expr, y: Expr, *, signed: bool) -> Expr:
    """The upper half of the product."""
    bits = int(x.scalar[1:])
    extend, wide = ("sext" if signed else "zext"), f"i{2 * bits}"
    product = x.cast(extend, wide) * y.cast(extend, wide)
    return product.shift_right(bits).cast("trunc", x.scalar)


def multiply_24(x: Expr, y: Expr, *, signed: bool) -> Expr:
    """The lower half of the product of the lowest 24 bits."""

    def cut(z: Expr) -> Expr:
        return (z << 8) >> 8 if signed else z & 0xFFFFFF

    return cut(x) * cut(y)


def sum_of_difference(x: Expr, y: Expr, z: Expr, *, signed: bool) -> Expr:
    """`|x - y| + z`."""
    kind = "s" if signed else "u"
    return x.apply(f"{kind}max", y) - x.apply(f"{kind}min", y) + z


def average(x: Expr, y: Expr, *, signed: bool) -> Expr:
    """`(x + y) >> 1` without overflow."""
    return (x & y) + _halved(x ^ y, signed)


def rounded_average(x: Expr, y: Expr, *, signed: bool) -> Expr:
    """`(x + y + 1) >> 1` without overflow."""
    return (x | y) - _halved(x ^ y, signed)


def _halved(x: Expr, signed: bool) -> Expr:
    return x >> 1 if signed else x.shift_right(1)
