"""Operators on one element at a time: activations and mathematical functions.

All are continuous. A jump (`x > 0`, `floor`) would let an honest rounding error flip an element
of the answer; jumps appear only through boolean masks, which are exact.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerneldojo.problems.generator.operator import (
    Operator,
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


def unary(
    name: str,
    words: str,
    function: Callable[..., float],
    spellings: tuple[Spelling, ...],
    triton: str,
    **facts: Any,
) -> Operator:
    """Return an operator on one tensor; `facts` are further fields of `Operator`."""
    kind = facts.pop("kind", "unary")
    facts["traits"] = traits(facts.pop("traits", ""))
    return Operator(name, kind, spellings, pointwise(function), (triton,), words, **facts)


def both(name: str) -> tuple[Spelling, ...]:
    """Return the spellings of what is a function and a method of PyTorch's."""
    return spell(f"torch.{name}({{x}})", f"{{x:.}}.{name}()")


_GELU_BY_HAND = ("0.5 * {x:*} * (1.0 + torch.erf({x:*} / 2.0**0.5))", 5, 11)
_LOG1P = "tl.log(1.0 + tl.exp(-tl.abs({x})))"

ACTIVATIONS = (
    unary(
        "relu",
        "ReLU",
        lambda x: max(x, 0.0),
        (*both("relu"), *spell("F.relu({x})")),
        "{o} = tl.maximum({x}, 0.0)",
        low=0.0,
        monotone=1,
        traits="bends homogeneous curved",
    ),
    unary(
        "leaky_relu",
        "leaky ReLU",
        lambda x, c: x if x > 0 else c * x,
        spell("F.leaky_relu({x}, {c})", "F.leaky_relu({x}, negative_slope={c})"),
        "{o} = tl.where({x} > 0.0, {x}, {c} * {x})",
        monotone=1,
        constants=((0.01,), (0.1,), (0.2,)),
        traits="bends homogeneous curved",
    ),
    unary(
        "elu",
        "ELU",
        lambda x: x if x > 0 else math.expm1(x),
        spell("F.elu({x})"),
        "{o} = tl.where({x} > 0.0, {x}, tl.exp(tl.minimum({x}, 0.0)) - 1.0)",
        low=-1.0,
        monotone=1,
        traits="bends curved",
    ),
    unary(
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
    unary(
        "gelu",
        "GELU",
        _gelu,
        spell("F.gelu({x})", _GELU_BY_HAND),
        f"{{o}} = 0.5 * {{x}} * (1.0 + libdevice.erf({{x}} * {_SQRT_HALF}))",
        low=-0.17,
        traits="curved",
    ),
    unary(
        "gelu_tanh",
        "GELU (tanh form)",
        _gelu,
        spell('F.gelu({x}, approximate="tanh")'),
        "{o} = {x} * tl.sigmoid(1.5957691216057308 * ({x} + 0.044715 * {x} * {x} * {x}))",
        low=-0.17,
        kin="gelu",
        traits="curved",
    ),
    unary(
        "silu",
        "SiLU",
        lambda x: x * _sigmoid(x),
        spell("F.silu({x})", ("{x:*} * torch.sigmoid({x})", 2, 5)),
        "{o} = {x} * tl.sigmoid({x})",
        low=-0.2785,
        traits="curved",
    ),
    unary(
        "sigmoid",
        "sigmoid",
        _sigmoid,
        both("sigmoid"),
        "{o} = tl.sigmoid({x})",
        low=0.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    unary(
        "tanh",
        "tanh",
        math.tanh,
        both("tanh"),
        "{o} = libdevice.tanh({x})",
        low=-1.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    unary(
        "softplus",
        "softplus",
        _softplus,
        spell("F.softplus({x})"),
        f"{{o}} = tl.maximum({{x}}, 0.0) + {_LOG1P}",
        low=0.0,
        monotone=1,
        traits="curved",
    ),
    unary(
        "logsigmoid",
        "log-sigmoid",
        lambda x: -_softplus(-x),
        spell("F.logsigmoid({x})"),
        f"{{o}} = tl.minimum({{x}}, 0.0) - {_LOG1P}",
        high=0.0,
        monotone=1,
        traits="curved",
    ),
    unary(
        "hardswish",
        "hard Swish",
        lambda x: x * min(max(x + 3.0, 0.0), 6.0) / 6.0,
        spell("F.hardswish({x})"),
        "{o} = {x} * tl.minimum(tl.maximum({x} + 3.0, 0.0), 6.0) / 6.0",
        low=-0.375,
        traits="curved",
    ),
    unary(
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
    unary(
        "mish",
        "Mish",
        lambda x: x * math.tanh(_softplus(x)),
        spell("F.mish({x})", ("{x:*} * torch.tanh(F.softplus({x}))", 3, 7)),
        f"{{o}} = {{x}} * libdevice.tanh(tl.maximum({{x}}, 0.0) + {_LOG1P})",
        low=-0.31,
        traits="curved",
    ),
    unary(
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
    unary(
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
    unary(
        "clamp",
        "clamping",
        lambda x, c, d: min(max(x, c), d),
        (*spell("torch.clamp({x}, {c}, {d})", "{x:.}.clamp({c}, {d})"),),
        "{o} = tl.minimum(tl.maximum({x}, {c}), {d})",
        monotone=1,
        constants=((-1.0, 1.0), (-0.5, 1.5), (-2.0, 0.5), (0.0, 1.0), (-0.75, 0.75)),
        traits="cuts curved",
    ),
    unary(
        "softshrink",
        "soft shrinkage",
        _shrink,
        spell("F.softshrink({x}, {c})"),
        "{o} = tl.where({x} > {c}, {x} - {c}, tl.where({x} < -{c}, {x} + {c}, 0.0))",
        monotone=1,
        constants=((0.25,), (0.5,)),
        traits="curved",
    ),
    unary(
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
    unary(
        "square",
        "squaring",
        lambda x: x * x,
        spell("{x:.}.square()", "{x:*} * {x:*}", "torch.square({x})"),
        "{o} = {x} * {x}",
        low=0.0,
        traits="amplifies even homogeneous curved",
    ),
    unary(
        "abs",
        "absolute value",
        abs,
        both("abs"),
        "{o} = tl.abs({x})",
        low=0.0,
        traits="even bends homogeneous curved",
    ),
    unary(
        "exp",
        "exponential",
        math.exp,
        both("exp"),
        "{o} = tl.exp({x})",
        low=0.0,
        monotone=1,
        traits="amplifies needs-ceiling curved",
    ),
    unary(
        "gaussian",
        "exp(-x²)",
        lambda x: math.exp(-x * x),
        spell(("torch.exp(-{x:.}.square())", 3, 6)),
        "{o} = tl.exp(-({x} * {x}))",
        low=0.0,
        high=1.0,
        traits="amplifies even saturates curved",
    ),
    unary(
        "laplace",
        "exp(-|x|)",
        lambda x: math.exp(-abs(x)),
        spell(("torch.exp(-{x:.}.abs())", 3, 6)),
        "{o} = tl.exp(-tl.abs({x}))",
        low=0.0,
        high=1.0,
        traits="amplifies even saturates curved",
    ),
    unary(
        "log1p_abs",
        "log(1 + |x|)",
        lambda x: math.log1p(abs(x)),
        spell(("torch.log1p({x:.}.abs())", 2, 4)),
        "{o} = tl.log(1.0 + tl.abs({x}))",
        low=0.0,
        traits="even curved",
    ),
    unary(
        "sqrt_square",
        "√(x² + 1)",
        lambda x: math.sqrt(x * x + 1.0),
        spell(("torch.sqrt({x:.}.square() + 1.0)", 3, 6)),
        "{o} = tl.sqrt({x} * {x} + 1.0)",
        low=1.0,
        traits="even curved",
    ),
    unary(
        "erf",
        "error function",
        math.erf,
        both("erf"),
        "{o} = libdevice.erf({x})",
        low=-1.0,
        high=1.0,
        monotone=1,
        traits="saturates curved",
    ),
    unary(
        "sin",
        "sine",
        math.sin,
        both("sin"),
        "{o} = tl.sin({x})",
        low=-1.0,
        high=1.0,
        traits="amplifies saturates curved",
    ),
    unary(
        "cos",
        "cosine",
        math.cos,
        both("cos"),
        "{o} = tl.cos({x})",
        low=-1.0,
        high=1.0,
        traits="amplifies even saturates curved",
    ),
)
