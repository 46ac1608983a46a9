"""The constants of a reference that are sizes, and what each has to be divisible by."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from kerneldojo.problems.static_shapes import (
    Unknown,
    evaluate,
    function,
    names_used,
    top_level,
)
from kerneldojo.problems.syntax import constants

Kind = Literal["batch", "space", "feature"]

_SMALLEST: dict[Kind, int] = {"batch": 3, "space": 16, "feature": 16}
"""Smaller constants are taken for something else than a size that matters."""

_FIXED = frozenset(
    "kernel stride padding pad dilation group groups head heads factor scale ratio rate patch "
    "window block chunk layers classes expand cluster clusters experts iterations eps".split()
)
"""Words in names of constants that shape the computation rather than its size."""

_DIVIDING = frozenset("group groups head heads patch window block chunk".split())
"""Words in names of constants that divide a size into equal parts."""

_BATCH = frozenset("batch b bs batches samples".split())
_SPACE = frozenset(
    "height width depth length len seq seqlen sequence image size1 size2 dim1 dim2 dim3 "
    "h w d spatial frames tokens".split()
)
_NETWORK = re.compile(r"\bConv\w*d\b")
_LINEAR = re.compile(r"\bLinear\b")
_REACH = frozenset(("kernel", "pool", "window", "patch"))


@dataclass
class Size:
    """One size: a constant, or one element of a constant sequence."""

    name: str
    index: int | None
    original: int
    kind: Kind
    divisors: tuple[int, ...]
    """Even numbers that divide it and have to go on dividing it."""
    least: int = 1
    whole: Any = None
    """The sequence it is an element of."""
    value: int = field(init=False)

    def __post_init__(self) -> None:
        self.value = self.original

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.name if self.index is None else f"{self.name}[{self.index}]"

    def twin(self, other: Size) -> bool:
        """Say whether both began as one number of one kind, and so have to stay equal."""
        return self.kind == other.kind and self.original == other.original

    def halved(self) -> int:
        """Return about half of it; an odd size stays odd."""
        return self.value // 2 | (self.value & 1)

    def can_halve(self, floor: int) -> bool:
        """Say whether half of it is not below a floor, and as divisible as it has to be."""
        half = self.halved()
        if half >= self.value or half < max(floor, self.least):
            return False
        return all(
            half % divisor == 0 and half // divisor >= min(self.original // divisor, 4)
            for divisor in self.divisors
        )

    def halve(self) -> None:
        """Make it smaller."""
        self.value = self.halved()


def find_sizes(tree: ast.Module) -> list[Size]:
    """Return the sizes that the inputs' shapes or the initial inputs depend on."""
    known = top_level(tree)
    in_shapes = _depended_on(tree, "get_inputs")
    in_init = _depended_on(tree, "get_init_inputs")
    fixed = {name: value for name, value in known.items() if _words(name) & _FIXED}
    reach = _reach(fixed)
    evens = _evens(tree, fixed)
    source = ast.unparse(tree)
    # A linear layer behind convolutions fixes the image's size.
    frozen_space = bool(_NETWORK.search(source) and _LINEAR.search(source))
    sizes = []
    for name, nodes in constants(tree).items():
        if name in fixed or name not in in_shapes | in_init:
            continue
        kind = _kind(name)
        if kind != "feature" and (name not in in_shapes or (kind == "space" and frozen_space)):
            continue
        for index, value, whole in _integers(nodes[-1], _SMALLEST[kind]):
            divides = [even for even in evens if kind != "batch" and value % even == 0]
            least = 2 * reach if kind == "space" else 1
            sizes.append(Size(name, index, value, kind, tuple(divides), least, whole))
    return sizes


def _integers(node: ast.expr, least: int) -> list[tuple[int | None, int, Any]]:
    """Return the sizes in a value that depends on no other constant."""
    try:
        value = evaluate(node, {})
    except Unknown:
        return []
    if isinstance(value, (tuple, list)):
        return [
            (index, item, value)
            for index, item in enumerate(value)
            if type(item) is int and item >= least
        ]
    return [(None, value, None)] if type(value) is int and value >= least else []


def _depended_on(tree: ast.Module, name: str) -> set[str]:
    """Return the constants that a function reads, directly or through others."""
    body = function(tree, name)
    if body is None:
        return set()
    values = constants(tree)
    found: set[str] = set()
    pending = names_used(body) & set(values)
    while pending:
        found |= pending
        pending = {
            inner
            for name in pending
            for node in values[name]
            for inner in names_used(node) & set(values)
        } - found
    return found


def _kind(name: str) -> Kind:
    words = _words(name)
    if words & _BATCH:
        return "batch"
    return "space" if words & _SPACE else "feature"


def _words(name: str) -> set[str]:
    return set(name.lower().split("_"))


def _flat(values: dict[str, Any]) -> list[tuple[str, int]]:
    return [
        (name, item)
        for name, value in values.items()
        for item in (value if isinstance(value, (tuple, list)) else [value])
        if type(item) is int
    ]


def _evens(tree: ast.Module, fixed: dict[str, Any]) -> set[int]:
    """Return the even numbers that sizes are divided by; halving never minds odd ones."""
    free = {
        name: value
        for name, value in fixed.items()
        # `groups = in_channels` follows the size it is made of.
        if _words(name) & _DIVIDING and not names_used(constants(tree)[name][-1])
    }
    return {value for _, value in _flat(free) if value >= 2 and value % 2 == 0}


def _reach(fixed: dict[str, Any]) -> int:
    """Return how far the widest kernel reaches along one axis."""
    kernel = [value for name, value in _flat(fixed) if _words(name) & _REACH]
    dilation = [value for name, value in _flat(fixed) if "dilation" in _words(name)]
    return (max(kernel, default=1) - 1) * max(dilation, default=1) + 1
