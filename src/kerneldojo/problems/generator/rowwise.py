"""Operators that look at a whole row: normalisations, and reductions that end a program.

A sample of a row stands for a row of `columns` elements: sums are means times `columns`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import add, mul
from typing import Any

from kerneldojo.problems.generator.operator import Operator, Sample, spell, traits
from kerneldojo.problems.generator.sample import COLUMNS, rows

Statistic = Callable[[Sample], float]


def _mean(row: Sample) -> float:
    return sum(row) / len(row)


def _mean_abs(row: Sample) -> float:
    return sum(map(abs, row)) / len(row)


def _mean_square(row: Sample) -> float:
    return math.hypot(*row) ** 2 / len(row)


def _variance(row: Sample) -> float:
    return math.dist(row, [_mean(row)] * len(row)) ** 2 / len(row)


def _log_mean_exp(row: Sample) -> float:
    top = max(row)
    return top + math.log(_mean([math.exp(value - top) for value in row]))


def _by_row(combine: Callable[..., float], *statistics: Statistic) -> Callable[..., Sample]:
    """Return what combines each value with statistics of its row and with the row's length.

    Further operands are a weight, by which the result is multiplied, and a bias to be added.
    """

    def compute(x: Sample, *rest: Any) -> Sample:
        *operands, columns = rest
        values = []
        for row in rows(x):
            found = [statistic(row) for statistic in statistics]
            values += [combine(value, *found, columns) for value in row]
        for operand, join in zip(operands, (mul, add), strict=False):
            values = list(map(join, values, operand))
        return values

    return compute


_softmax = _by_row(lambda v, size, columns: math.exp(v - size) / columns, _log_mean_exp)
_log_softmax = _by_row(lambda v, size, columns: v - size - math.log(columns), _log_mean_exp)
_layer_norm = _by_row(
    lambda v, mean, var, columns: (v - mean) / math.sqrt(var + 1e-5), _mean, _variance
)
_rms_norm = _by_row(lambda v, square, columns: v / math.sqrt(square + 1e-6), _mean_square)
_l2_normalise = _by_row(
    lambda v, square, columns: v / max(math.sqrt(columns * square), 1e-12), _mean_square
)
_mean_abs_scale = _by_row(lambda v, size, columns: v / (size + 1e-5), _mean_abs)
_mean_centre = _by_row(lambda v, mean, columns: v - mean, _mean)
_max_subtract = _by_row(lambda v, top, columns: v - top, max)


_TOP = '{o}_top = tl.max(tl.where(inside, {x}, -float("inf")), axis=0)'
_CENTRED = (
    "{o}_mean = tl.sum(tl.where(inside, {x}, 0.0), axis=0) / cols",
    "{o}_centred = {x} - {o}_mean",
    "{o}_var = tl.sum(tl.where(inside, {o}_centred * {o}_centred, 0.0), axis=0) / cols",
)
_SQUARES = "{o}_squares = tl.sum(tl.where(inside, {x} * {x}, 0.0), axis=0)"
_LSE = (
    _TOP,
    "{o}_sum = tl.sum(tl.where(inside, tl.exp({x} - {o}_top), 0.0), axis=0)",
    "{o}_lse = {o}_top + tl.log({o}_sum)",
)
_SIZE = "({x:.}.shape[-1],)"
_RSQRT = "torch.rsqrt({x:.}.square().mean(dim=-1, keepdim=True) + 1e-6)"


NORMALISATIONS = (
    Operator(
        "softmax",
        "row",
        spell("torch.softmax({x}, dim=-1)", "F.softmax({x}, dim=-1)", "{x:.}.softmax(dim=-1)"),
        _softmax,
        (
            _TOP,
            "{o}_exp = tl.where(inside, tl.exp({x} - {o}_top), 0.0)",
            "{o} = {o}_exp / tl.sum({o}_exp, axis=0)",
        ),
        "softmax over rows",
        low=0.0,
        high=1.0,
        traits=traits("amplifies ignores-shift scales curved"),
        fixes=traits("sum mean"),
    ),
    Operator(
        "log_softmax",
        "row",
        spell("torch.log_softmax({x}, dim=-1)", "F.log_softmax({x}, dim=-1)"),
        _log_softmax,
        (*_LSE, "{o} = {x} - {o}_lse"),
        "log-softmax over rows",
        high=0.0,
        traits=traits("ignores-shift shifts"),
        fixes=traits("logsumexp"),
    ),
    Operator(
        "layer_norm",
        "row",
        spell(f"F.layer_norm({{x}}, {_SIZE})"),
        _layer_norm,
        (*_CENTRED, "{o} = {o}_centred / tl.sqrt({o}_var + 1e-5)"),
        "layer normalisation",
        traits=traits("ignores-shift ignores-scale shifts scales"),
        fixes=traits("sum mean var norm"),
    ),
    Operator(
        "layer_norm_affine",
        "row",
        spell(f"F.layer_norm({{x}}, {_SIZE}, {{y}}, {{z}})"),
        _layer_norm,
        (*_CENTRED, "{o} = {o}_centred / tl.sqrt({o}_var + 1e-5) * {y} + {z}"),
        "layer normalisation with weight and bias",
        traits=traits("ignores-shift ignores-scale weight bias"),
    ),
    Operator(
        "rms_norm",
        "row",
        spell((f"{{x:*}} * {_RSQRT}", 5, 6), (f"F.rms_norm({{x}}, {_SIZE}, eps=1e-6)", 5, 6)),
        _rms_norm,
        (_SQUARES, "{o} = {x} / tl.sqrt({o}_squares / cols + 1e-6)"),
        "RMS normalisation",
        traits=traits("ignores-scale scales"),
        fixes=traits("norm"),
    ),
    Operator(
        "rms_norm_weight",
        "row",
        spell((f"{{x:*}} * {_RSQRT} * {{y:.}}", 6, 8)),
        _rms_norm,
        (_SQUARES, "{o} = {x} / tl.sqrt({o}_squares / cols + 1e-6) * {y}"),
        "RMS normalisation with a weight",
        traits=traits("ignores-scale scales weight"),
    ),
    Operator(
        "l2_normalise",
        "row",
        spell(("F.normalize({x}, dim=-1)", 3, 3)),
        _l2_normalise,
        (_SQUARES, "{o} = {x} / tl.maximum(tl.sqrt({o}_squares), 1e-12)"),
        "L2 normalisation of rows",
        kin="rms_norm",
        low=-1.0,
        high=1.0,
        traits=traits("ignores-scale scales"),
        fixes=traits("norm"),
    ),
    Operator(
        "mean_abs_scale",
        "row",
        spell(("{x:*} / ({x:.}.abs().mean(dim=-1, keepdim=True) + 1e-5)", 4, 5)),
        _mean_abs_scale,
        (
            "{o}_size = tl.sum(tl.where(inside, tl.abs({x}), 0.0), axis=0) / cols",
            "{o} = {x} / ({o}_size + 1e-5)",
        ),
        "division of rows by their mean size",
        traits=traits("ignores-scale scales"),
    ),
    Operator(
        "mean_centre",
        "row",
        spell(("{x:+} - {x:.}.mean(dim=-1, keepdim=True)", 2, 3)),
        _mean_centre,
        (_CENTRED[0], "{o} = {x} - {o}_mean"),
        "centring of rows",
        traits=traits("ignores-shift shifts"),
        fixes=traits("sum mean"),
    ),
    Operator(
        "max_subtract",
        "row",
        spell(("{x:+} - {x:.}.amax(dim=-1, keepdim=True)", 2, 3)),
        _max_subtract,
        (_TOP, "{o} = {x} - {o}_top"),
        "subtraction of the maximum of each row",
        high=0.0,
        traits=traits("ignores-shift shifts"),
        fixes=traits("amax"),
    ),
)


def _reduce(
    name: str,
    words: str,
    statistic: Statistic,
    texts: tuple[str, ...],
    triton: tuple[str, ...],
    facts: str = "",
    finish: Callable[[float, int], float] = lambda value, columns: value,
) -> Operator:
    """Return a reduction; its samples repeat each row's result, so that they keep their size."""

    def compute(x: Sample, columns: int) -> Sample:
        found = [finish(statistic(row), columns) for row in rows(x)]
        return [value for value in found for _ in range(COLUMNS)]

    spellings = spell(*((text, 1, 1) for text in texts))
    return Operator(name, "reduce", spellings, compute, triton, words, traits=traits(facts))


REDUCTIONS = (
    _reduce(
        "sum",
        "the sum of each row",
        _mean,
        ("{x:.}.sum(dim=-1)", "torch.sum({x}, dim=-1)"),
        ("{o} = tl.sum(tl.where(inside, {x}, 0.0), axis=0)",),
        "averages",
        lambda mean, columns: columns * mean,
    ),
    _reduce(
        "mean",
        "the mean of each row",
        _mean,
        ("{x:.}.mean(dim=-1)", "torch.mean({x}, dim=-1)"),
        ("{o} = tl.sum(tl.where(inside, {x}, 0.0), axis=0) / cols",),
        "averages",
    ),
    _reduce(
        "amax",
        "the maximum of each row",
        max,
        ("{x:.}.amax(dim=-1)", "torch.amax({x}, dim=-1)"),
        ('{o} = tl.max(tl.where(inside, {x}, -float("inf")), axis=0)',),
    ),
    _reduce(
        "amin",
        "the minimum of each row",
        min,
        ("{x:.}.amin(dim=-1)", "torch.amin({x}, dim=-1)"),
        ('{o} = tl.min(tl.where(inside, {x}, float("inf")), axis=0)',),
    ),
    _reduce(
        "logsumexp",
        "the log-sum-exp of each row",
        _log_mean_exp,
        ("torch.logsumexp({x}, dim=-1)",),
        (*_LSE, "{o} = {o}_lse"),
        "averages",
        lambda value, columns: value + math.log(columns),
    ),
    _reduce(
        "var",
        "the variance of each row",
        _variance,
        (
            "{x:.}.var(dim=-1, correction=0)",
            "torch.var(x, dim=-1, correction=0)".replace("x,", "{x},"),
        ),
        (*_CENTRED, "{o} = {o}_var"),
        "averages ignores-shift",
    ),
    _reduce(
        "norm",
        "the Euclidean norm of each row",
        _mean_square,
        ("torch.linalg.vector_norm({x}, dim=-1)", "{x:.}.norm(dim=-1)"),
        (_SQUARES, "{o} = tl.sqrt({o}_squares)"),
        "averages",
        lambda square, columns: math.sqrt(columns * square),
    ),
)
