"""Index arithmetic of helper functions, folded where the numbers are known.

A helper has its constant strides built in, and takes the others as parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from kerneldojo.triton_cpu.llvm.builder import Builder, Value


def index(b: Builder, value: int) -> Value:
    """An i64 constant."""
    return b.const("i64", value)


def plus(b: Builder, value: Value, constant: int) -> Value:
    """`value + constant`."""
    if value.constant is not None:
        return index(b, int(value.constant) + constant)
    return value if constant == 0 else b.op("add nsw", value, index(b, constant))


def times(b: Builder, value: Value, factor: Value) -> Value:
    """`value * factor`."""
    if value.constant is not None and factor.constant is not None:
        return index(b, int(value.constant) * int(factor.constant))
    return value if factor.constant == 1 else b.op("mul nsw", value, factor)


def stride_label(strides: Sequence[Value]) -> str:
    """The part of a helper's name that says which strides it has built in."""
    return "_".join("d" if s.constant is None else str(s.constant) for s in strides)


def stride_parameters(strides: Sequence[Value]) -> tuple[str, list[Value]]:
    """The helper's parameter list for `strides`, and what each stride is inside it."""
    names = [f"%s{place}" for place in range(len(strides))]
    inside = [
        stride if stride.constant is not None else Value("i64", name)
        for stride, name in zip(strides, names, strict=True)
    ]
    return ", ".join(f"i64 {name}" for name in names), inside
