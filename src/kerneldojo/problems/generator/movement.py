"""Operators that move or contract: matrix products first, halves of a row, what ends a program."""

from __future__ import annotations

from operator import mul
from typing import Any

from kerneldojo.problems.generator.operator import Operator, Sample, spell, traits
from kerneldojo.problems.generator.sample import COLUMNS, SIZE, rows

_PLACES = [[(13 * c + 7 * k * k + k) % SIZE for k in range(COLUMNS)] for c in range(COLUMNS)]
"""Where in its sample a matrix has each of its elements."""


def _product(left: Sample, right: Sample, *rest: Any) -> Sample:
    """Return a matrix product; the second sample stands for a matrix of variance 1 / inner."""
    scale = COLUMNS**-0.5
    columns = [[scale * right[place] for place in places] for places in _PLACES]
    product = [sum(map(mul, row, column)) for row in rows(left) for column in columns]
    if len(rest) > 1:
        product = [value + bias for value, bias in zip(product, rest[0], strict=True)]
    return product


def _same(x: Sample, columns: int) -> Sample:
    return x


def _first(x: Sample, columns: int) -> Sample:
    return x


def _second(x: Sample, columns: int) -> Sample:
    """Return the same numbers in another order: the other half is independent of the first."""
    return [x[(37 * place + 11) % SIZE] for place in range(SIZE)]


def _concat(x: Sample, y: Sample, columns: int) -> Sample:
    return x + y


HEADS = (
    Operator(
        "linear",
        "head",
        spell(("F.linear({x}, {y}, {z})", 1, 1), ("{x:*} @ {y:.}.T + {z:*}", 2, 3)),
        _product,
        (),
        "a linear layer",
    ),
    Operator(
        "linear_no_bias",
        "head",
        spell(("F.linear({x}, {y})", 1, 1), ("{x:*} @ {y:.}.T", 1, 1)),
        _product,
        (),
        "a linear layer without bias",
    ),
    Operator(
        "matmul",
        "head",
        spell(("torch.matmul({x}, {y})", 1, 1), ("{x:*} @ {y:.}", 1, 1)),
        _product,
        (),
        "a matrix product",
    ),
    Operator(
        "transpose_in",
        "head",
        spell(("{x:.}.transpose(-2, -1)", 0, 0), ("{x:.}.mT", 0, 0)),
        _same,
        ("{o} = {x}",),
        "a transposed input",
    ),
)

_FIRST = ("{x:.}.chunk(2, dim=-1)", 0, 0)

HALVES = tuple(
    Operator(name, "half", spell(_FIRST), compute, ("{o} = {x}",), words, kin)
    for name, compute, words, kin in (
        ("first_half", _first, "the halves of each row", "first"),
        ("second_half", _second, "", "second"),
        ("even_columns", _first, "even and odd columns", "first"),
        ("odd_columns", _second, "", "second"),
    )
)

TAILS = (
    Operator(
        "transpose_out",
        "tail",
        spell("{x:.}.transpose(-2, -1).contiguous()", "{x:.}.mT.contiguous()"),
        _same,
        ("{o} = {x}",),
        "a transposition",
    ),
    Operator(
        "concat",
        "tail",
        spell(("torch.cat([{x}, {y}], dim=-1)", 1, 3)),
        _concat,
        (),
        "concatenation",
        traits=traits("doubles"),
    ),
)
