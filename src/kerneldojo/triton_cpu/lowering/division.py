"""Integer division and remainder that neither trap nor go lane by lane.

A processor divides integers one at a time, and raises a signal for a zero divisor, which a
masked-off lane may well hold. 32-bit and narrower vectors are divided as doubles: a quotient of
32-bit integers that is not whole is at least 2⁻³² of itself away from a whole number, far more
than a double's rounding. A zero divisor gives 0 and the remainder the dividend.
"""

from __future__ import annotations

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import element, lanes


def emit(b: Builder, name: str, x: Value, y: Value) -> Value:
    """`name` is an `arith` operation: divsi, divui, remsi, remui, ceildivsi or floordivsi."""
    signed = name.endswith("si")
    if isinstance(y.constant, int) and y.constant not in (0, -1):
        quotient = b.op("sdiv" if signed else "udiv", x, y)
    else:
        quotient = _guarded(b, x, y, signed=signed)
    if name.startswith("div"):
        return quotient
    rest = b.op("sub", x, b.op("mul", quotient, y))
    if name.startswith("rem"):
        return rest
    return _toward(b, name, quotient, rest, y)


def emit_run(b: Builder, name: str, start: Value, count: int, y: Value) -> Value:
    """Divides `start`, `start + 1`, … (`count` lanes) by one number `y`, as divsi or remsi.

    Of neighbours at most one passes a multiple of a divisor that is no less than their count:
    one scalar division does for all of them. Other divisors take the general path.
    """
    zero = b.const(start.type, 0)
    easy = b.op("and", b.icmp("sge", start, zero), b.icmp("sge", y, b.const(y.type, count)))
    quick, slow, done = b.open("quick"), b.open("slow"), b.open("divided")
    b.branch_if(easy, quick, slow)
    b.move(quick)
    quotient = b.op("udiv", start, y)
    rest = b.op("sub", start, b.op("mul", quotient, y))
    lanes = b.op("add", b.splat(rest, count), b.vector_const(rest.type, range(count)))
    divisor = b.splat(y, count)
    past = b.icmp("sge", lanes, divisor)
    if name.startswith("rem"):
        near = b.select(past, b.op("sub", lanes, divisor), lanes)
    else:
        near = b.op("add", b.splat(quotient, count), b.cast("zext", past, start.type))
    b.branch(done)
    b.move(slow)
    run = b.op("add", b.splat(start, count), b.vector_const(start.type, range(count)))
    far = emit(b, name, run, b.splat(y, count))
    end = b.block
    b.branch(done)
    b.move(done)
    phi = b.phi(near.type)
    phi.add(near, quick)
    phi.add(far, end)
    return phi.value


def _toward(b: Builder, name: str, quotient: Value, rest: Value, y: Value) -> Value:
    zero = b.const(rest.type, 0)
    inexact = b.icmp("ne", rest, zero)
    same_sign = b.icmp("sge", b.op("xor", rest, y), zero)
    step = b.const(rest.type, 1 if name == "ceildivsi" else -1)
    wanted = (
        same_sign if name == "ceildivsi" else b.op("xor", same_sign, b.const(same_sign.type, True))
    )
    return b.op("add", quotient, b.select(b.op("and", inexact, wanted), step, zero))


def _guarded(b: Builder, x: Value, y: Value, *, signed: bool) -> Value:
    zero, one = b.const(y.type, 0), b.const(y.type, 1)
    is_zero = b.icmp("eq", y, zero)
    width = int(element(x.type)[1:])
    if width <= 32 and lanes(x.type):
        divisor = b.select(is_zero, one, y)
        quotient = _as_doubles(b, x, divisor, signed=signed)
    elif signed:
        minus = b.icmp("eq", y, b.const(y.type, -1))
        divisor = b.select(b.op("or", is_zero, minus), one, y)
        quotient = b.op("sdiv", x, divisor)
        quotient = b.select(minus, b.op("sub", zero, x), quotient)
    else:
        quotient = b.op("udiv", x, b.select(is_zero, one, y))
    return b.select(is_zero, zero, quotient)


def _as_doubles(b: Builder, x: Value, y: Value, *, signed: bool) -> Value:
    into, back = ("sitofp", "fptosi") if signed else ("uitofp", "fptoui")
    ratio = b.op("fdiv", b.cast(into, x, "double"), b.cast(into, y, "double"))
    scalar = element(x.type)
    if not signed:
        return b.cast(back, ratio, scalar)
    # The one quotient that does not fit is the least integer ÷ -1; a wider one wraps it.
    wider = "i64" if scalar == "i32" else "i32"
    return b.cast("trunc", b.cast(back, ratio, wider), scalar)
