"""Operators that look at a whole row: normalisations, and reductions that end a program.

A sample of a row stands for a row of `columns` elements: sums are means times `columns`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerneldojo.problems.generator.operator import Operator, Sample, spell, traits
from kerneldojo.problems.generator.sample import COLUMNS, rows


def _mean(row: Sample) -> float:
    return sum(row) / len(row)


def _mean_square(row: Sample) -> float:
    return math.hypot(*row) ** 2 / len(row)


def _variance(row: Sample) -> float:
    return math.dist(row, [_mean(row)] * len(row)) ** 2 / len(row)


def _log_sum_exp(row: Sample, columns: int) -> float:
    top = max(row)
    return top + math.log(columns * _mean([math.exp(value - top) for value in row]))


def _by_row(function: Callable[[Sample, int], Sample]) -> Callable[..., Sample]:
    def compute(x: Sample, *rest: Any) -> Sample:
        return [value for row in rows(x) for value in function(row, rest[-1])]

    return compute


def _softmax(row: Sample, columns: int) -> Sample:
    total = _log_sum_exp(row, columns)
    return [math.exp(value - total) for value in row]


def _log_softmax(row: Sample, columns: int) -> Sample:
    total = _log_sum_exp(row, columns)
    return [value - total for value in row]


def _layer_norm(row: Sample, columns: int) -> Sample:
    centre, spread = _mean(row), math.sqrt(_variance(row) + 1e-5)
    return [(value - centre) / spread for value in row]


def _rms_norm(row: Sample, columns: int) -> Sample:
    size = math.sqrt(_mean_square(row) + 1e-6)
    return [value / size for value in row]


def _normalise(row: Sample, columns: int) -> Sample:
    size = max(math.sqrt(columns * _mean_square(row)), 1e-12)
    return [value / size for value in row]


def _mean_abs(row: Sample, columns: int) -> Sample:
    size = _mean([abs(value) for value in row]) + 1e-5
    return [value / size for value in row]


def _centre(row: Sample, columns: int) -> Sample:
    centre = _mean(row)
    return [value - centre for value in row]


def _max_subtract(row: Sample, columns: int) -> Sample:
    top = max(row)
    return [value - top for value in row]


def _affine(normalise: Callable[[Sample, int], Sample]) -> Callable[..., Sample]:
    """Return the normalisation followed by a weight and, if there is one, a bias."""
    plain = _by_row(normalise)

    def compute(x: Sample, *rest: Any) -> Sample:
        *operands, columns = rest
        values = plain(x, columns)
        values = [value * weight for value, weight in zip(values, operands[0], strict=True)]
        if len(operands) > 1:
            values = [value + bias for value, bias in zip(values, operands[1], strict=True)]
        return values

    return compute


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
        _by_row(_softmax),
        (
            _TOP,
            "{o}_exp = tl.where(inside, tl.exp({x} - {o}_top), 0.0)",
            "{o} = {o}_exp / tl.sum({o}_exp, axis=0)",
        ),
        "softmax over rows",
        low=0.0,
        high=1.0,
        traits=traits("ignores-shift scales curved"),
        fixes=traits("sum mean"),
    ),
    Operator(
        "log_softmax",
        "row",
        spell("torch.log_softmax({x}, dim=-1)", "F.log_softmax({x}, dim=-1)"),
        _by_row(_log_softmax),
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
        _by_row(_layer_norm),
        (*_CENTRED, "{o} = {o}_centred / tl.sqrt({o}_var + 1e-5)"),
        "layer normalisation",
        traits=traits("ignores-shift ignores-scale shifts scales"),
        fixes=traits("sum mean var norm"),
    ),
    Operator(
        "layer_norm_affine",
        "row",
        spell(f"F.layer_norm({{x}}, {_SIZE}, {{y}}, {{z}})"),
        _affine(_layer_norm),
        (*_CENTRED, "{o} = {o}_centred / tl.sqrt({o}_var + 1e-5) * {y} + {z}"),
        "layer normalisation with weight and bias",
        traits=traits("ignores-shift ignores-scale weight bias"),
    ),
    Operator(
        "rms_norm",
        "row",
        spell((f"{{x:*}} * {_RSQRT}", 5, 6), (f"F.rms_norm({{x}}, {_SIZE}, eps=1e-6)", 5, 6)),
        _by_row(_rms_norm),
        (_SQUARES, "{o} = {x} / tl.sqrt({o}_squares / cols + 1e-6)"),
        "RMS normalisation",
        traits=traits("ignores-scale scales"),
        fixes=traits("norm"),
    ),
    Operator(
        "rms_norm_weight",
        "row",
        spell((f"{{x:*}} * {_RSQRT} * {{y:.}}", 6, 8)),
        _affine(_rms_norm),
        (_SQUARES, "{o} = {x} / tl.sqrt({o}_squares / cols + 1e-6) * {y}"),
        "RMS normalisation with a weight",
        traits=traits("ignores-scale scales weight"),
    ),
    Operator(
        "l2_normalise",
        "row",
        spell(("F.normalize({x}, dim=-1)", 3, 3)),
        _by_row(_normalise),
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
        _by_row(_mean_abs),
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
        _by_row(_centre),
        (_CENTRED[0], "{o} = {x} - {o}_mean"),
        "centring of rows",
        traits=traits("ignores-shift shifts"),
        fixes=traits("sum mean"),
    ),
    Operator(
        "max_subtract",
        "row",
        spell(("{x:+} - {x:.}.amax(dim=-1, keepdim=True)", 2, 3)),
        _by_row(_max_subtract),
        (_TOP, "{o} = {x} - {o}_top"),
        "subtraction of the maximum of each row",
        high=0.0,
        traits=traits("ignores-shift shifts"),
        fixes=traits("amax"),
    ),
)


def _reduction(function: Callable[[Sample, int], float]) -> Callable[..., Sample]:
    """Return a reduction; its result is repeated, so that samples keep their size."""

    def compute(x: Sample, columns: int) -> Sample:
        return [value for row in rows(x) for value in [function(row, columns)] * COLUMNS]

    return compute


def _reduce(
    name: str,
    words: str,
    function: Callable[[Sample, int], float],
    texts: tuple[str, ...],
    triton: tuple[str, ...],
    facts: str = "",
) -> Operator:
    return Operator(
        name,
        "reduce",
        spell(*((text, 1, 1) for text in texts)),
        _reduction(function),
        triton,
        words,
        traits=traits(facts),
    )


REDUCTIONS = (
    _reduce(
        "sum",
        "the sum of each row",
        lambda row, columns: columns * _mean(row),
        ("{x:.}.sum(dim=-1)", "torch.sum({x}, dim=-1)"),
        ("{o} = tl.sum(tl.where(inside, {x}, 0.0), axis=0)",),
        "averages",
    ),
    _reduce(
        "mean",
        "the mean of each row",
        lambda row, columns: _mean(row),
        ("{x:.}.mean(dim=-1)", "torch.mean({x}, dim=-1)"),
        ("{o} = tl.sum(tl.where(inside, {x}, 0.0), axis=0) / cols",),
        "averages",
    ),
    _reduce(
        "amax",
        "the maximum of each row",
        lambda row, columns: max(row),
        ("{x:.}.amax(dim=-1)", "torch.amax({x}, dim=-1)"),
        ('{o} = tl.max(tl.where(inside, {x}, -float("inf")), axis=0)',),
    ),
    _reduce(
        "amin",
        "the minimum of each row",
        lambda row, columns: min(row),
        ("{x:.}.amin(dim=-1)", "torch.amin({x}, dim=-1)"),
        ('{o} = tl.min(tl.where(inside, {x}, float("inf")), axis=0)',),
    ),
    _reduce(
        "logsumexp",
        "the log-sum-exp of each row",
        _log_sum_exp,
        ("torch.logsumexp({x}, dim=-1)",),
        (*_LSE, "{o} = {o}_lse"),
        "averages",
    ),
    _reduce(
        "var",
        "the variance of each row",
        lambda row, columns: _variance(row),
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
        lambda row, columns: math.sqrt(columns * _mean_square(row)),
        ("torch.linalg.vector_norm({x}, dim=-1)", "{x:.}.norm(dim=-1)"),
        (_SQUARES, "{o} = tl.sqrt({o}_squares)"),
        "averages",
    ),
)
