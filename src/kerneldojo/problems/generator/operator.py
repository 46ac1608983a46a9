"""What the generator knows about one operator: how it is written, what it does, what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["unary", "scalar", "binary", "select", "row", "reduce", "head", "half", "tail"]
Sample = list[float]
"""Values at a few representative places of a tensor (see probe.py)."""

_PLACE = re.compile(r"\{([a-z]\w*)(?::([+*.]))?\}")
_STRENGTH = {None: 0, "+": 1, "*": 2, ".": 3}


@dataclass(frozen=True)
class Expression:
    """PyTorch source text, and how tightly it holds together: 1 sum, 2 product, 3 atom."""

    text: str
    strength: int = 3


@dataclass(frozen=True)
class Spelling:
    """One way to write an operator in PyTorch.

    `{x}` stands for an argument; `{x:+}`, `{x:*}` and `{x:.}` ask for parentheses around
    anything that binds less tightly than a sum, a product or an atom.
    """

    text: str
    kernels: int = 1
    """Kernels that eager PyTorch launches."""
    traffic: float = 2.0
    """Whole tensors read and written by them, other operands than the first left out."""
    strength: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strength", _strength(self.text))

    def fill(self, arguments: dict[str, Expression]) -> Expression:
        """Return the text with its places taken."""

        def put(match: re.Match[str]) -> str:
            expression = arguments[match[1]]
            enough = expression.strength >= _STRENGTH[match[2]]
            return expression.text if enough else f"({expression.text})"

        return Expression(_PLACE.sub(put, self.text), self.strength)

    def uses(self, place: str) -> int:
        """Return how often an argument is written."""
        return sum(match[1] == place for match in _PLACE.finditer(self.text))


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator of the grammar."""

    name: str
    kind: Kind
    spellings: tuple[Spelling, ...]
    compute: Callable[..., Sample]
    """Applied to samples of the arguments, then the constants, then the row length."""
    triton: tuple[str, ...]
    """Statements of a kernel that holds a whole row: from `{x}` (`{y}`, `{z}`) to `{o}`."""
    words: str
    kin: str = ""
    """What it counts as when structures are compared; by default its own name."""
    low: float = float("-inf")
    high: float = float("inf")
    monotone: int = 0
    """1 rising, -1 falling, 0 neither."""
    constants: tuple[tuple[float, ...], ...] = ((),)
    """Sets of constants to choose from."""
    traits: frozenset[str] = frozenset()
    """What the rules go by (see rules.py)."""
    fixes: frozenset[str] = frozenset()
    """Row statistics of the result that no longer depend on the data."""

    @property
    def family(self) -> str:
        """The name under which structures are compared."""
        return self.kin or self.name


PLACES = ("x", "y", "z")
"""What arguments are called in templates."""
CONSTANTS = ("c", "d")
"""What constants are called in templates."""


def spell(*texts: str | tuple[str, int, float]) -> tuple[Spelling, ...]:
    """Return spellings; a bare text is one kernel that reads once and writes once."""
    return tuple(Spelling(text) if isinstance(text, str) else Spelling(*text) for text in texts)


def traits(text: str) -> frozenset[str]:
    """Return a set of words."""
    return frozenset(text.split())


def pointwise(
    function: Callable[..., float],
) -> Callable[..., Sample]:
    """Lift a function of one number and constants to samples."""

    def compute(x: Sequence[float], *rest: float) -> Sample:
        return list(map(function, x, *([constant] * len(x) for constant in rest[:-1])))

    return compute


def _strength(text: str) -> int:
    """Return how tightly a template holds together, from its operators outside brackets."""
    depth, weakest = 0, 3
    for position, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter == " " and text[position + 2 : position + 3] in (" ", "*"):
            weakest = min(weakest, 1 if text[position + 1] in "+-" else 2)
    return weakest
