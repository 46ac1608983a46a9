"""Operators with a scalar, a second operand or a mask."""

from __future__ import annotations

from collections.abc import Callable
from operator import add, mul, sub

from kerneldojo.problems.generator.operator import Operator, Sample, spell, traits
from kerneldojo.problems.generator.pointwise import unary

SCALARS = (
    unary(
        "scale",
        "scaling",
        lambda x, c: x * c,
        spell("{x:*} * {c}", "{c} * {x:*}"),
        "{o} = {c} * {x}",
        kind="scalar",
        monotone=1,
        constants=((0.25,), (0.5,), (1.5,), (2.0,), (3.0,)),
        traits="homogeneous scales",
    ),
    unary(
        "shift",
        "a constant shift",
        lambda x, c: x + c,
        spell("{x:+} + {c}"),
        "{o} = {x} + {c}",
        kind="scalar",
        monotone=1,
        constants=((0.5,), (1.0,), (2.0,)),
        traits="shifts",
    ),
    unary(
        "lower",
        "a constant shift",
        lambda x, c: x - c,
        spell("{x:+} - {c}"),
        "{o} = {x} - {c}",
        kind="scalar",
        monotone=1,
        constants=((0.5,), (1.0,)),
        traits="shifts",
    ),
    unary(
        "complement",
        "subtraction from a constant",
        lambda x, c: c - x,
        spell("{c} - {x:*}"),
        "{o} = {c} - {x}",
        kind="scalar",
        monotone=-1,
        constants=((1.0,), (0.5,)),
        traits="shifts scales",
    ),
)


def _binary(
    name: str,
    words: str,
    function: Callable[[float, float], float],
    texts: tuple[str, ...],
    triton: str,
    facts: str,
) -> Operator:
    def compute(x: Sample, y: Sample, columns: int) -> Sample:
        return list(map(function, x, y))

    return Operator(name, "binary", spell(*texts), compute, (triton,), words, traits=traits(facts))


BINARY = (
    _binary(
        "add",
        "addition of",
        add,
        ("{x:+} + {y:*}",),
        "{o} = {x} + {y}",
        "commutes linear",
    ),
    _binary("sub", "subtraction of", sub, ("{x:+} - {y:*}",), "{o} = {x} - {y}", "linear"),
    _binary(
        "mul",
        "multiplication by",
        mul,
        ("{x:*} * {y:.}",),
        "{o} = {x} * {y}",
        "commutes",
    ),
    _binary(
        "maximum",
        "the maximum with",
        max,
        ("torch.maximum({x}, {y})",),
        "{o} = tl.maximum({x}, {y})",
        "commutes",
    ),
    _binary(
        "minimum",
        "the minimum with",
        min,
        ("torch.minimum({x}, {y})",),
        "{o} = tl.minimum({x}, {y})",
        "commutes",
    ),
)


def _where(mask: Sample, x: Sample, y: Sample, columns: int) -> Sample:
    return [a if chosen else b for chosen, a, b in zip(mask, x, y, strict=True)]


def _fill(x: Sample, mask: Sample, constant: float, columns: int) -> Sample:
    return [constant if chosen else a for a, chosen in zip(x, mask, strict=True)]


SELECT = (
    Operator(
        "where",
        "select",
        spell("torch.where({x}, {y}, {z})"),
        _where,
        ("{o} = tl.where({x} != 0, {y}, {z})",),
        "selection by a mask",
    ),
    Operator(
        "masked_fill",
        "select",
        spell("{x:.}.masked_fill({y}, {c})"),
        _fill,
        ("{o} = tl.where({y} != 0, {c}, {x})",),
        "masked fill",
        constants=((0.0,), (-1.0,), (2.0,)),
    ),
)
