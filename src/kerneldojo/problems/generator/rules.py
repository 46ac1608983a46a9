"""Algebra that keeps a program from being a simpler one in disguise.

Each value carries facts that hold for all data: bounds, which symmetries it has, and which
statistics of its rows are fixed. An operator that would do nothing to such a value, or bring
out a constant, is refused with a reason. What algebra does not see, `probe.py` measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from kerneldojo.problems.generator.operator import Operator

_MOST_EXPONENT = 4.0


@dataclass(frozen=True)
class Facts:
    """What is known of a value."""

    low: float = -math.inf
    high: float = math.inf
    shifted: bool = False
    """Part of it is a constant added to a whole row; what ignores shifts would undo that."""
    scaled: bool = False
    """Part of it is a positive factor of a whole row; what ignores scale would undo that."""
    fixed: frozenset[str] = frozenset()
    """Statistics of its rows that no longer depend on the data."""
    curved: int = 0
    """How many curved operators lead to it."""
    last: str = ""
    """The operator it comes from."""
    attained: bool = True
    """Whether long rows come close to finite bounds."""
    saturated: bool = False
    """Whether it comes straight from an operator that flattens large values."""


def refuse(operator: Operator, x: Facts, constants: tuple[float, ...]) -> str | None:
    """Say why an operator must not follow a value, None if it may."""
    has = operator.traits.__contains__
    reasons = (
        (operator.name == x.last, "the same operator twice in a row"),
        (operator.kind == "scalar" and _is_scalar(x.last), "two scalars fold into one"),
        (has("bends") and x.low >= 0.0, "it leaves values that are not negative as they are"),
        (has("even") and x.last in ("abs", "square", "gaussian", "laplace"), "an even map of one"),
        (has("saturates") and x.saturated, "it would flatten what is flat already"),
        (has("cuts") and not _cuts(x, constants), "the bounds lie outside the values"),
        (operator.name == "relu6" and x.high <= 6.0, "the ceiling lies above the values"),
        (has("needs-ceiling") and x.high > _MOST_EXPONENT, "the exponential has no bound"),
        (has("ignores-shift") and x.shifted, "it would undo the shift of rows before it"),
        (has("ignores-scale") and x.scaled, "it would undo the scale of rows before it"),
        (operator.name in x.fixed, "this statistic is the same for all data"),
        (operator.name in ("softmax", "log_softmax") and "logsumexp" in x.fixed, "done already"),
        (operator.name == "amax" and x.high < math.inf and x.attained, "long rows reach the bound"),
        (operator.name == "amin" and x.low > -math.inf and x.attained, "long rows reach the bound"),
        (operator.name == "logsumexp" and x.last == "log_softmax", "it is always zero"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def refuse_pair(operator: Operator, x: Facts, y: Facts, *, related: bool) -> str | None:
    """Say why an operator must not join two values; `related`: one is made from the other."""
    if not related:
        return None
    if operator.name not in ("add", "mul"):
        return "the difference to, or the larger of, a value and its own image may be trivial"
    if x.curved == y.curved:
        return "nothing curved lies between them: the two combine into one term"
    return None


def derive(operator: Operator, x: Facts, constants: tuple[float, ...]) -> Facts:
    """Return the facts of an operator with one operand that matters."""
    low, high = _image(operator, x, constants)
    has = operator.traits.__contains__
    affine = operator.kind == "scalar"
    return Facts(
        low=low,
        high=high,
        shifted=has("shifts") or (x.shifted and affine),
        scaled=has("scales") or (x.scaled and (has("homogeneous") or operator.kind == "row")),
        fixed=operator.fixes | _kept(operator, x),
        curved=x.curved + has("curved"),
        last=operator.name,
        attained=operator.kind != "row" and (x.attained or has("curved")),
        saturated=has("saturates") or (x.saturated and affine),
    )


def derive_pair(operator: Operator, x: Facts, y: Facts, role: str) -> Facts:
    """Return the facts of an operator with two operands; `role` is the second one's."""
    linear = "linear" in operator.traits
    sums = (x.fixed | y.fixed) & {"sum", "mean"} if linear else frozenset()
    along_rows = role == "row"
    low, high = _pair_bounds(operator.name, x, y)
    return Facts(
        low=low,
        high=high,
        shifted=linear and (x.shifted or y.shifted or along_rows),
        scaled=operator.name == "mul" and (x.scaled or y.scaled or along_rows),
        fixed=(x.fixed - {"norm"}) if along_rows else sums,
        curved=max(x.curved, y.curved) + (role == "tensor" and operator.name == "mul"),
        last=operator.name,
        attained=x.attained and y.attained,
    )


def derive_select(operator: Operator, x: Facts, y: Facts | None, constant: float) -> Facts:
    """Return the facts of a selection by a mask; `y` None: from a constant."""
    other = y or Facts(low=constant, high=constant)
    return Facts(
        low=min(x.low, other.low),
        high=max(x.high, other.high),
        curved=x.curved + 1,
        last=operator.name,
    )


def after_half(x: Facts) -> Facts:
    """Return the facts of a part of each row."""
    return replace(x, fixed=frozenset(), last="half")


def _is_scalar(name: str) -> bool:
    return name in ("scale", "shift", "lower", "complement")


def _cuts(x: Facts, constants: tuple[float, ...]) -> bool:
    low, high = constants
    return x.low < low and high < x.high


def _kept(operator: Operator, x: Facts) -> frozenset[str]:
    """Return which fixed statistics of a value its image still has."""
    match operator.name:
        case "scale":
            return x.fixed - {"logsumexp"}
        case "shift" | "lower":
            return x.fixed - {"norm"}
        case "complement":
            return x.fixed & {"sum", "mean", "var"}
        case "abs":
            return x.fixed & {"norm"}
        case "square":
            return frozenset({"sum", "mean"}) if "norm" in x.fixed else frozenset()
    return x.fixed & {"amax"} if operator.monotone > 0 and operator.kind == "unary" else frozenset()


def _image(operator: Operator, x: Facts, constants: tuple[float, ...]) -> tuple[float, float]:
    """Return bounds of an operator's values."""
    low, high = operator.low, operator.high
    ends = [x.low, x.high]
    if operator.name == "clamp":
        low, high = constants
    elif operator.monotone and operator.kind in ("unary", "scalar"):
        images = [_at(operator, end, constants) for end in ends]
        if operator.monotone < 0:
            images.reverse()
        low = max(low, images[0]) if images[0] is not None else low
        high = min(high, images[1]) if images[1] is not None else high
    elif operator.name == "abs":
        high = max(map(abs, ends))
    elif operator.name == "square":
        high = max(map(abs, ends)) ** 2
    elif x.low >= 0.0 and operator.name in ("gelu", "gelu_tanh", "silu", "mish", "hardswish"):
        low = 0.0
    return low, high


def _at(operator: Operator, end: float, constants: tuple[float, ...]) -> float | None:
    """Return the operator at one bound, None where there is none."""
    if not math.isfinite(end):
        return None
    return float(operator.compute([end], *constants, 1)[0])


def _pair_bounds(name: str, x: Facts, y: Facts) -> tuple[float, float]:
    match name:
        case "add":
            return x.low + y.low, x.high + y.high
        case "sub":
            return x.low - y.high, x.high - y.low
        case "maximum":
            return max(x.low, y.low), max(x.high, y.high)
        case "minimum":
            return min(x.low, y.low), min(x.high, y.high)
    if x.low >= 0.0 and y.low >= 0.0:
        return x.low * y.low, math.inf
    bounded = all(map(math.isfinite, (x.low, x.high, y.low, y.high)))
    if not bounded:
        return -math.inf, math.inf
    corners = [a * b for a in (x.low, x.high) for b in (y.low, y.high)]
    return min(corners), max(corners)
