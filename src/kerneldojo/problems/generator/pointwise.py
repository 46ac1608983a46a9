"""Operators on one element at a time: activations, scalars, and two operands.

All are continuous. A jump (`x > 0`, `floor`) would let an honest rounding error flip an element
of the answer; jumps appear only through boolean masks, which are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import add, mul, sub
from typing import Any

from kerneldojo.problems.generator.operator import (
    Operator,
    Sample,
    Spelling,
    pointwise,
    spell,
    traits,
)

_INF = math.inf
_SQRT_HALF = math.sqrt(0.5)
_SELU = (1.0507009873554805, 1.6732632423543772)


def _sigmoid(x: float) -> float:
    return 0.5 * (1.0 + math.tanh(0.5 * x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _gelu(x: float) -> float:
    return 0.5 * x * (1.0 + math.erf(x * _SQRT_HALF))


def _shrink(x: float, c: float) -> float:
    return x - c if x > c else x + c if x < -c else 0.0


def _unary(
    name: str,
    words: str,
    function: Callable[..., float],
    spellings: tuple[Spelling, ...],
    triton: str,
    **facts: Any,
) -> Operator:
    kind = facts.pop("kind", "unary")
    facts["traits"] = traits(facts.pop("traits", ""))
    return Operator(name, kind, spellings, pointwise(function), (triton,), words, **facts)


def _both(name: str, module: str = "torch") -> tuple[Spelling, ...]:
    return spell(f"{module}.{name}({{x}})", f"{{x:.}}.{name}()")


_GELU_BY_HAND = ("0.5 * {x:*} * (1.0 + torch.erf({x:*} / 2.0**0.5))", 5, 11)
_LOG1P = "tl.log(1.0 + tl.exp(-tl.abs({x})))"

ACTIVATIONS = (
    _unary(
        "relu",
        "ReLU",
        lambda x: max(x, 0.0),
        (*_both("relu"), *spell("F.relu({x})")),
        "{o} = tl.maximum({x}, 0.0)",
        low=0.0,
        monotone=1,
        traits="bends homogeneous curved",
    ),
    _unary(
        "leaky_relu",
        "leaky ReLU",
        lambda x, c: x if x > 0 else c * x,
        spell("F.leaky_relu({x}, {c})", "F.leaky_relu({x}, negative_slope={c})"),
        "{o} = tl.where({x} > 0.0, {x}, {c} * {x})",
        monotone=1,
        constants=((0.01,), (0.1,), (0.2,)),
        traits="bends homogeneous curved",
    ),
    _unary(
        "elu",
        "ELU",
        lambda x: x if x > 0 else math.expm1(x),
        spell("F.elu({x})"),
        "{o} = tl.where({x} > 0.0, {x}, tl.exp(tl.minimum({x}, 0.0)) - 1.0)",
        low=-1.0,
        monotone=1,
        traits="bends curved",
    ),
    _unary(
        "selu",
        "SELU",
        lambda x: _SELU[0] * (x if x > 0 else _SELU[1] * math.expm1(x)),
        (*spell("F.selu({x})"), *spell("torch.selu({x})")),
        f"{{o}} = {_SELU[0]} * tl.where({{x}} > 0.0, {{x}}, "
        f"{_SELU[1]} * (tl.exp(tl.minimum({{x}}, 0.0)) - 1.0))",
        low=-_SELU[0] * _SELU[1],
        monotone=1,
        kin="elu",
        traits="bends curved",
    ),
    _unary(
        "gelu",
        "GELU",
        _gelu,
        spell("F.gelu({x})", _GELU_BY_HAND),
        f"{{o}} = 0.5 * {{x}} * (1.0 + libdevice.erf({{x}} * {_SQRT_HALF}))",
        low=-0.17,
        traits="curved",
    ),
    _unary(
        "gelu_tanh",
        "GELU (tanh form)",
        _gelu,
        spell('F.gelu({x}, approximate="tanh")'),
        "{o} = {x} * tl.sigmoid(1.5957691216057308 * ({x} + 0.044715 * {x} * {x} * {x}))",
        low=-0.17,
        kin="gelu",
        traits="curved",
    ),
    _unary(
        "silu",
        "SiLU",
        lambda x: x * _sigmoid(x),
        spell("F.silu({x})", ("{x:*} * torch.sigmoid({x})", 2, 5)),
        "{o} = {x} * tl.sigmoid({x})",
        low=-0.2785,
        traits="curved",
    ),
    _unary(
        "sigmoid",
        "sigmoid",
        _sigmoid,
        _both("sigmoid"),
        "{o} = tl.sigmoid({x})",
        low=0.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    _unary(
        "tanh",
        "tanh",
        math.tanh,
        _both("tanh"),
        "{o} = libdevice.tanh({x})",
        low=-1.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    _unary(
        "softplus",
        "softplus",
        _softplus,
        spell("F.softplus({x})"),
        f"{{o}} = tl.maximum({{x}}, 0.0) + {_LOG1P}",
        low=0.0,
        monotone=1,
        traits="curved",
    ),
    _unary(
        "logsigmoid",
        "log-sigmoid",
        lambda x: -_softplus(-x),
        spell("F.logsigmoid({x})"),
        f"{{o}} = tl.minimum({{x}}, 0.0) - {_LOG1P}",
        high=0.0,
        monotone=1,
        traits="curved",
    ),
    _unary(
        "hardswish",
        "hard Swish",
        lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0,
        spell("F.hardswish({x})"),
        "{o} = {x} * tl.minimum(tl.maximum({x} + 3.0, 0.0), 6.0) / 6.0",
        low=-0.375,
        traits="curved",
    ),
    _unary(
        "hardsigmoid",
        "hard sigmoid",
        lambda x: min(max(x + 3.0, 0.0), 6.0) / 6.0,
        spell("F.hardsigmoid({x})"),
        "{o} = tl.minimum(tl.maximum({x} + 3.0, 0.0), 6.0) / 6.0",
        low=0.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    _unary(
        "mish",
        "Mish",
        lambda x: x * math.tanh(_softplus(x)),
        spell("F.mish({x})", ("{x:*} * torch.tanh(F.softplus({x}))", 3, 7)),
        f"{{o}} = {{x}} * libdevice.tanh(tl.maximum({{x}}, 0.0) + {_LOG1P})",
        low=-0.31,
        traits="curved",
    ),
    _unary(
        "softsign",
        "softsign",
        lambda x: x / (1.0 + abs(x)),
        spell(("{x:*} / (1.0 + {x:.}.abs())", 3, 7)),
        "{o} = {x} / (1.0 + tl.abs({x}))",
        low=-1.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    _unary(
        "relu6",
        "ReLU6",
        lambda x: min(max(x, 0.0), 6.0),
        spell("F.relu6({x})"),
        "{o} = tl.minimum(tl.maximum({x}, 0.0), 6.0)",
        low=0.0,
        high=6.0,
        monotone=1,
        kin="clamp",
        traits="bends curved",
    ),
    _unary(
        "clamp",
        "clamping",
        lambda x, c, d: min(max(x, c), d),
        (*spell("torch.clamp({x}, {c}, {d})", "{x:.}.clamp({c}, {d})"),),
        "{o} = tl.minimum(tl.maximum({x}, {c}), {d})",
        monotone=1,
        constants=((-1.0, 1.0), (-0.5, 1.5), (-2.0, 0.5), (0.0, 1.0), (-0.75, 0.75)),
        traits="cuts curved",
    ),
    _unary(
        "softshrink",
        "soft shrinkage",
        _shrink,
        spell("F.softshrink({x}, {c})"),
        "{o} = tl.where({x} > {c}, {x} - {c}, tl.where({x} < -{c}, {x} + {c}, 0.0))",
        monotone=1,
        constants=((0.25,), (0.5,)),
        traits="curved",
    ),
    _unary(
        "tanhshrink",
        "tanh shrinkage",
        lambda x: x - math.tanh(x),
        spell(("F.tanhshrink({x})", 2, 5), ("{x:+} - torch.tanh({x})", 2, 5)),
        "{o} = {x} - libdevice.tanh({x})",
        monotone=1,
        traits="curved",
    ),
)

MATHEMATICS = (
    _unary(
        "square",
        "squaring",
        lambda x: x * x,
        spell("{x:.}.square()", "{x:*} * {x:*}", "torch.square({x})"),
        "{o} = {x} * {x}",
        low=0.0,
        traits="even homogeneous curved",
    ),
    _unary(
        "abs",
        "absolute value",
        abs,
        _both("abs"),
        "{o} = tl.abs({x})",
        low=0.0,
        traits="even bends homogeneous curved",
    ),
    _unary(
        "exp",
        "exponential",
        math.exp,
        _both("exp"),
        "{o} = tl.exp({x})",
        low=0.0,
        monotone=1,
        traits="needs-ceiling curved",
    ),
    _unary(
        "gaussian",
        "exp(-x²)",
        lambda x: math.exp(-x * x),
        spell(("torch.exp(-{x:.}.square())", 3, 6)),
        "{o} = tl.exp(-({x} * {x}))",
        low=0.0,
        high=1.0,
        traits="even saturates curved",
    ),
    _unary(
        "laplace",
        "exp(-|x|)",
        lambda x: math.exp(-abs(x)),
        spell(("torch.exp(-{x:.}.abs())", 3, 6)),
        "{o} = tl.exp(-tl.abs({x}))",
        low=0.0,
        high=1.0,
        traits="even saturates curved",
    ),
    _unary(
        "log1p_abs",
        "log(1 + |x|)",
        lambda x: math.log1p(abs(x)),
        spell(("torch.log1p({x:.}.abs())", 2, 4)),
        "{o} = tl.log(1.0 + tl.abs({x}))",
        low=0.0,
        traits="even curved",
    ),
    _unary(
        "sqrt_square",
        "√(x² + 1)",
        lambda x: math.sqrt(x * x + 1.0),
        spell(("torch.sqrt({x:.}.square() + 1.0)", 3, 6)),
        "{o} = tl.sqrt({x} * {x} + 1.0)",
        low=1.0,
        traits="even curved",
    ),
    _unary(
        "erf",
        "error function",
        math.erf,
        _both("erf"),
        "{o} = libdevice.erf({x})",
        low=-1.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    _unary(
        "sin",
        "sine",
        math.sin,
        _both("sin"),
        "{o} = tl.sin({x})",
        low=-1.0,
        high=1.0,
        traits="saturates curved",
    ),
    _unary(
        "cos",
        "cosine",
        math.cos,
        _both("cos"),
        "{o} = tl.cos({x})",
        low=-1.0,
        high=1.0,
        traits="even saturates curved",
    ),
)

SCALARS = (
    _unary(
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
    _unary(
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
    _unary(
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
    _unary(
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
        "addition",
        add,
        ("{x:+} + {y:*}",),
        "{o} = {x} + {y}",
        "commutes linear",
    ),
    _binary(
        "sub", "subtraction of", sub, ("{x:+} - {y:*}",), "{o} = {x} - {y}", "linear"
    ),
    _binary(
        "mul",
        "multiplication",
        mul,
        ("{x:*} * {y:.}",),
        "{o} = {x} * {y}",
        "commutes",
    ),
    _binary(
        "maximum",
        "maximum",
        max,
        ("torch.maximum({x}, {y})",),
        "{o} = tl.maximum({x}, {y})",
        "commutes",
    ),
    _binary(
        "minimum",
        "minimum",
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
