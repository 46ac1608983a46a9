"""Functions of the module itself: for what needs a branch, a loop, or its own rounding mode.

An emitting function writes straight-line code wherever its caller stands, even in a block that
is written out of order; what has control flow goes into a function of its own instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value, mangled
from kerneldojo.triton_cpu.llvm.types import lanes

Body = Callable[[Builder, Sequence[Value]], Value]


def call_helper(
    b: Builder, name: str, result: str, arguments: Sequence[Value], body: Body, attributes: str = ""
) -> Value:
    """Calls a function of this module, writing it at its first use.

    Args:
        b: Where to write the call.
        name: What the function does; its full name tells the types, too.
        result: The type it returns.
        arguments: Its operands.
        body: Writes the function's code and returns its result.
        attributes: LLVM's function attributes.
    """
    full = ".".join(["kd", name, *(mangled(argument.type) for argument in arguments)])
    if not b.module.has_helper(full):
        places = [Value(argument.type, f"%a{at}") for at, argument in enumerate(arguments)]
        head = f"define internal {result} @{full}({', '.join(map(str, places))}) {attributes}"
        inner = Builder(b.module, head.rstrip())
        inner.ret(body(inner, places))
        b.module.functions.append(inner.finish())
    return b.call(result, full, *arguments)


def call_guarded(
    b: Builder, name: str, arguments: Sequence[Value], guard: Body, usual: Body, otherwise: Body
) -> Value:
    """`usual` of the arguments where `guard` holds in every lane, else `otherwise`.

    The result has the first argument's type; the guard is a mask of as many lanes.
    """
    type = arguments[0].type

    def body(c: Builder, operands: Sequence[Value]) -> Value:
        fast, slow, done = c.open("usual"), c.open("otherwise"), c.open("done")
        mask = guard(c, operands)
        if lanes(mask.type):
            mask = c.intrinsic("vector.reduce.and", mask, type="i1")
        c.branch_if(mask, fast, slow)
        results = []
        for block, compute in ((fast, usual), (slow, otherwise)):
            c.move(block)
            results.append(compute(c, operands))
            c.branch(done)
        c.move(done)
        result = c.phi(type)
        result.add(results[0], fast)
        result.add(results[1], slow)
        return result.value

    return call_helper(b, name, type, arguments, body, "alwaysinline")
