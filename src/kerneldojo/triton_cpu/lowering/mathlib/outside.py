"""Calls to mathematics that lives elsewhere: PyTorch's Sleef for vectors, libm for scalars.

Sleef's routines take whole registers, so a vector is cut into pieces of that width. Where the
host has no Sleef, and for what Sleef lacks, libm is called once per lane.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import EXTERNALS
from kerneldojo.triton_cpu.llvm.types import element, lanes
from kerneldojo.triton_cpu.lowering.mathlib.helpers import call_helper
from kerneldojo.triton_cpu.lowering.mathlib.pieces import in_pieces

SLEEF = {
    name: f"{name}_{accuracy}"
    for accuracy, names in {
        "u05": "hypot",
        "u10": "acos acosh asin asinh atan atan2 atanh cbrt cos cosh erf exp exp10 exp2 expm1 "
        "lgamma log log10 log1p log2 pow sin sinh tan tanh tgamma",
        "u15": "erfc",
    }.items()
    for name in names.split()
}
"""Sleef's name of each function it has, with the bound on its error in tenths of an ulp."""

# Measured on Zen 5: 23 ns for each number, where the AVX2 version takes 4.
_SLOW = frozenset({"Sleef_erfd8_u10avx512f"})
_EXACT = frozenset({"fma", "fmod", "remainder"})
_PURE = "nounwind willreturn memory(none)"


def call_outside(b: Builder, function: str, arguments: Sequence[Value]) -> Value:
    """`function`, by its name in C for doubles, of f32 or f64 scalars or vectors."""
    type = arguments[0].type
    if not lanes(type):
        return _libm(b, function, arguments)
    double = element(type) == "double"
    variants = b.module.host.sleef(SLEEF[function], double) if function in SLEEF else ()
    symbols = {width: symbol for width, symbol in variants if symbol not in _SLOW}
    if not symbols:
        return each_lane(b, function, type, arguments, lambda c, xs: _libm(c, function, xs))

    def compute(pieces: Sequence[Value]) -> Value:
        return call_symbol(b, symbols[lanes(pieces[0].type)], pieces[0].type, pieces)

    return in_pieces(b, arguments, list(symbols), compute)


def call_symbol(b: Builder, symbol: str, result: str, arguments: Sequence[Value]) -> Value:
    """Calls an outside function that depends on nothing but its operands."""
    place = b.module.external(symbol)
    slot = f"getelementptr (ptr, ptr @{EXTERNALS}, i64 {place})"
    function = b.emit("ptr", f"load ptr, ptr {slot}, align 8, !invariant.load !{{}}")
    operands = ", ".join(map(str, arguments))
    return b.emit(result, f"call {result} {function.ref}({operands}) {_PURE}")


def each_lane(
    b: Builder,
    name: str,
    result: str,
    arguments: Sequence[Value],
    compute: Callable[[Builder, Sequence[Value]], Value],
) -> Value:
    """`compute` on scalars, lane after lane in a loop, for vectors of one length."""

    def body(c: Builder, vectors: Sequence[Value]) -> Value:
        count = lanes(result)
        slots = [c.emit("ptr", f"alloca {vector.type}, align 64") for vector in vectors]
        out = c.emit("ptr", f"alloca {result}, align 64")
        for vector, slot in zip(vectors, slots, strict=True):
            c.store(vector, slot, 64)
        zero, one, stop = (c.const("i64", number) for number in (0, 1, count))
        with c.loop(zero, stop, one, count_is_positive=True) as at:
            scalars = [
                c.load(element(vector.type), c.gep(element(vector.type), slot, at), 1)
                for vector, slot in zip(vectors, slots, strict=True)
            ]
            c.store(compute(c, scalars), c.gep(element(result), out, at), 1)
        return c.load(result, out, 64)

    return call_helper(b, f"each.{name}", result, arguments, body, "noinline")


def _libm(b: Builder, function: str, arguments: Sequence[Value]) -> Value:
    """A scalar call; C's f64 routines give better f32 results than its f32 routines do."""
    type = arguments[0].type
    if type == "double":
        return call_symbol(b, function, type, arguments)
    if function in _EXACT:
        return call_symbol(b, f"{function}f", type, arguments)
    wide = [b.cast("fpext", argument, "double") for argument in arguments]
    return b.cast("fptrunc", call_symbol(b, function, "double", wide), "float")
