"""What a program costs as written, what it would cost fused, and how hard it is to get there."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kerneldojo.problems.generator.program import Program, Source, Step

_FLOAT32 = 4
_NARROW = 2


@dataclass(frozen=True)
class Fusion:
    """Kernels and memory traffic at the base size: eager, and fused as far as is known to work.

    Row operators fit into the kernel that computes their input as long as a program holds a
    whole row; after a matrix product they need a kernel of their own.
    """

    eager_kernels: int
    fused_kernels: int
    eager_bytes: int
    fused_bytes: int
    """Every input and parameter read once, the answer written once."""

    @property
    def traffic_ratio(self) -> float:
        """Eager ÷ fused bytes: the largest speedup where memory is the limit."""
        return self.eager_bytes / self.fused_bytes


def fusion(program: Program) -> Fusion:
    """Return what a program costs in kernels and bytes."""
    kernels, moved = 0, 0.0
    for value in program.values:
        if isinstance(value, Step):
            kernels += value.operator.spellings[value.spelling].kernels
            moved += _eager_bytes(program, value)
        elif program.is_mixed and _is_cast(value):
            kernels += 1
            moved += _count(program, value) * (_NARROW + _FLOAT32)
    least = sum(_bytes(program, source) for source in program.sources)
    least += _answer_count(program) * _width(program)
    if program.is_mixed:
        kernels += 1
        moved += _answer_count(program) * (_FLOAT32 + _NARROW)
    split = _has_product(program) and program.has("row", "reduce")
    if split:
        least += 2 * program.layout.elements * _computing_width(program)
    return Fusion(kernels, 1 + split, math.ceil(moved), math.ceil(least))


def difficulty(program: Program) -> int:
    """Return how hard a program is to fuse, 1 (one pointwise kernel) to 5.

    1: up to two pointwise operators. 2: more of them, or one row operator with at most one
    other. 3: a row operator among several others, or a long pointwise graph. 4: two row
    operators that wait for one another, or a matrix product with a pointwise epilogue.
    5: three row operators, or a matrix product whose rows are needed whole.
    """
    rows = sum(step.operator.kind in ("row", "reduce") for step in program.steps)
    if _has_product(program):
        return 5 if rows else 4
    if rows >= 2:
        return 5 if rows > 2 else 4
    if rows:
        return 3 if program.depth > 2 else 2
    return 1 if program.depth <= 2 else 2 if program.depth <= 5 else 3


def level(program: Program) -> int:
    """Return KernelBench's notion of difficulty: 1 single operators, 2 fusions, 3 long ones."""
    return (1, 2, 2, 3, 3)[difficulty(program) - 1]


def _has_product(program: Program) -> bool:
    return any(
        step.operator.kind == "head" and step.name != "transpose_in" for step in program.steps
    )


def _eager_bytes(program: Program, step: Step) -> float:
    """Return what the kernels of one step read and write."""
    spelling, width = step.operator.spellings[step.spelling], _computing_width(program)
    if not spelling.kernels:
        return 0.0
    operands = [program.values[argument] for argument in step.arguments]
    full = program.layout.elements * width
    if step.operator.kind == "head":
        return (spelling.traffic * full) + sum(_operand_bytes(program, value) for value in operands)
    moved = spelling.traffic * full + sum(_operand_bytes(program, value) for value in operands[1:])
    return moved + (program.layout.rows * width if step.operator.kind == "reduce" else 0)


def _operand_bytes(program: Program, value: Source | Step) -> float:
    if isinstance(value, Source):
        width = 1 if value.role == "mask" else _computing_width(program)
        return _count(program, value) * width
    return program.layout.elements * _computing_width(program)


def _bytes(program: Program, source: Source) -> int:
    """Return the size of a source as it is given."""
    if source.role == "mask":
        return _count(program, source)
    narrow = program.dtype != "float32" and not (program.is_mixed and source.is_parameter)
    return _count(program, source) * (_NARROW if narrow else _FLOAT32)


def _count(program: Program, source: Source) -> int:
    layout = program.layout
    match source.role:
        case "wide":
            return 2 * layout.elements
        case "row":
            return layout.rows
        case "column":
            return layout.columns
        case "left":
            return layout.rows * layout.inner
        case "right" | "matrix":
            return layout.inner * layout.columns
    return layout.elements


def _answer_count(program: Program) -> int:
    match program.answer.operator.kind, program.answer.name:
        case "reduce", _:
            return program.layout.rows
        case _, "concat":
            return 2 * program.layout.elements
    return program.layout.elements


def _is_cast(source: Source) -> bool:
    return not source.is_parameter and source.role != "mask"


def _computing_width(program: Program) -> int:
    return _NARROW if program.dtype != "float32" and not program.is_mixed else _FLOAT32


def _width(program: Program) -> int:
    return _FLOAT32 if program.dtype == "float32" else _NARROW
