"""A generated program: a graph of sources and operator steps, and the structure behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from kerneldojo.problems.generator import movement, operands, pointwise, rowwise
from kerneldojo.problems.generator.layout import Layout
from kerneldojo.problems.generator.operator import Operator

Role = Literal["tensor", "wide", "turned", "mask", "row", "left", "right", "column", "matrix"]
Precision = Literal["float32", "mixed-bfloat16", "mixed-float16", "bfloat16", "float16"]

PARAMETERS = ("column", "matrix")
"""Roles of sources that belong to the model; all others are inputs."""

OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for table in (
        pointwise.ACTIVATIONS,
        pointwise.MATHEMATICS,
        operands.SCALARS,
        operands.BINARY,
        operands.SELECT,
        rowwise.NORMALISATIONS,
        rowwise.REDUCTIONS,
        movement.HEADS,
        movement.HALVES,
        movement.TAILS,
    )
    for operator in table
}
"""Every operator of the grammar by name."""

_SILENT = ("scale", "shift", "lower", "transpose_in", "transpose_out")
"""Steps that structures leave out: with or without them, a problem teaches the same."""


@dataclass(frozen=True)
class Recipe:
    """How a source is filled: `offset + factor × draw`, from a normal or a uniform distribution."""

    uniform: bool = False
    factor: float = 1.0
    offset: float = 0.0

    @property
    def bounds(self) -> tuple[float, float]:
        """What the values lie between."""
        if not self.uniform:
            return float("-inf"), float("inf")
        return self.offset, self.offset + self.factor


@dataclass(frozen=True)
class Source:
    """An input or a parameter."""

    role: Role
    name: str
    recipe: Recipe = Recipe()

    @property
    def is_parameter(self) -> bool:
        """Whether the model owns it."""
        return self.role in PARAMETERS


@dataclass(frozen=True)
class Step:
    """One operator applied to earlier values."""

    name: str
    arguments: tuple[int, ...]
    constants: tuple[float, ...] = ()
    spelling: int = 0

    @property
    def operator(self) -> Operator:
        """What it computes."""
        return OPERATORS[self.name]


@dataclass(frozen=True)
class Program:
    """Sources and steps, each of earlier ones only; the last is the answer."""

    values: tuple[Source | Step, ...]
    layout: Layout
    precision: Precision = "float32"
    style: float = field(default=0.5, compare=False)
    """How readily the renderer nests expressions, from 0 to 1."""

    @property
    def sources(self) -> list[Source]:
        """Return inputs and parameters in order."""
        return [value for value in self.values if isinstance(value, Source)]

    @property
    def inputs(self) -> list[Source]:
        """Return what `forward` is given, in order."""
        return [source for source in self.sources if not source.is_parameter]

    @property
    def parameters(self) -> list[Source]:
        """Return what the model owns, in order."""
        return [source for source in self.sources if source.is_parameter]

    @property
    def steps(self) -> list[Step]:
        """Return the operators in order."""
        return [value for value in self.values if isinstance(value, Step)]

    @property
    def answer(self) -> Step:
        """The last step."""
        last = self.values[-1]
        assert isinstance(last, Step)
        return last

    @property
    def depth(self) -> int:
        """How many operators; the halves of a row are none."""
        return sum(step.operator.kind != "half" for step in self.steps)

    @property
    def dtype(self) -> str:
        """The type of inputs and answer, by PyTorch's name."""
        return self.precision.removeprefix("mixed-")

    @property
    def is_mixed(self) -> bool:
        """Whether inputs are widened to float32 first and the answer narrowed last."""
        return self.precision.startswith("mixed-")

    def has(self, *kinds: str) -> bool:
        """Whether an operator is of one of these kinds."""
        return any(step.operator.kind in kinds for step in self.steps)

    @cached_property
    def structure(self) -> str:
        """The graph without sizes, types, constants, names, spellings and scalar factors.

        Arguments of operators that commute are sorted; sources are numbered by role in the
        order in which the sorted graph reaches them.
        """
        return _structure(self.values)

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Which operator feeds which, silent ones left out."""
        return frozenset(
            (feeder.operator.family, step.operator.family)
            for step in self.steps
            if step.name not in _SILENT
            for argument in step.arguments
            if isinstance(feeder := _heard(self.values, argument), Step)
        )


def _heard(values: tuple[Source | Step, ...], at: int) -> Source | Step:
    """Return the value at a place, or what reaches it through silent steps."""
    value = values[at]
    while isinstance(value, Step) and value.name in _SILENT:
        value = values[value.arguments[0]]
    return value


def _structure(values: tuple[Source | Step, ...]) -> str:
    shapes: list[str] = []
    for value in values:
        if isinstance(value, Source):
            shapes.append("tensor" if value.role == "turned" else value.role)
        elif value.name in _SILENT:
            shapes.append(shapes[value.arguments[0]])
        else:
            inner = [shapes[argument] for argument in value.arguments]
            if "commutes" in value.operator.traits:
                inner.sort()
            shapes.append(f"{value.operator.family}({','.join(inner)})")
    numbers: dict[int, int] = {}

    def write(at: int) -> str:
        value = values[at]
        if isinstance(value, Source):
            return f"{shapes[at]}{numbers.setdefault(at, len(numbers))}"
        if value.name in _SILENT:
            return write(value.arguments[0])
        order = value.arguments
        if "commutes" in value.operator.traits:
            order = tuple(sorted(order, key=lambda argument: shapes[argument]))
        return f"{value.operator.family}({','.join(write(argument) for argument in order)})"

    return write(len(values) - 1)
