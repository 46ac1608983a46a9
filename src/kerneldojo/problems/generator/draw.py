"""Draws programs from a grammar."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from kerneldojo.problems.generator import probe, rules
from kerneldojo.problems.generator.grammar import Grammar
from kerneldojo.problems.generator.layout import Layout
from kerneldojo.problems.generator.operator import Operator, Sample
from kerneldojo.problems.generator.program import (
    OPERATORS,
    Precision,
    Program,
    Recipe,
    Role,
    Source,
    Step,
)
from kerneldojo.problems.generator.rules import Facts
from kerneldojo.problems.generator.sample import distance, mean_size, rms

_T = TypeVar("_T")

_TRIES = 12
"""How often a step is drawn again before the program ends where it is."""
_MOST_SOURCES = 6
_SMALLEST, _LARGEST = 1e-5, 60.0
"""What the largest sampled value must lie between."""
_LEAST_EVEN = 0.02
"""Least mean size relative to the largest: below, a few values are all that counts."""
_NARROW_DEPTH = 3
"""Deepest program in a 16-bit type: each step rounds, and PyTorch's own error would grow."""
_NARROW_STEPS = {"unary": 5.0, "column": 3.0, "tensor": 2.0, "scalar": 1.0, "norm": 1.0}
_NARROW_NORMS = ("softmax", "layer_norm", "layer_norm_affine", "log_softmax")

_RECIPES = (
    Recipe(),
    Recipe(factor=2.0),
    Recipe(factor=1.5, offset=0.5),
    Recipe(uniform=True, factor=4.0, offset=-2.0),
    Recipe(factor=0.5, offset=-0.25),
)
_RECIPE_WEIGHTS = (5.0, 2.0, 2.0, 1.0, 1.0)
_POSITIVE = Recipe(uniform=True, offset=0.5)
_PARAMETER_NAMES = {
    "add": ("bias", "offset", "beta", "delta"),
    "sub": ("offset", "centre", "bias", "delta"),
    "mul": ("weight", "gain", "gamma", "factor"),
    "maximum": ("floor", "lower", "least", "bottom"),
    "minimum": ("ceiling", "upper", "most", "top"),
}
_INPUT_NAMES = ("x", "y", "z", "u", "v", "w")


class Chooser:
    """Weighted choices from `random()` alone, which is the same in every version of Python."""

    def __init__(self, seed: str) -> None:
        self.number = random.Random(seed).random

    def weighted(self, weights: Mapping[_T, float]) -> _T:
        """Return a key, with a probability in proportion to its weight."""
        point = self.number() * sum(weights.values())
        for key, weight in weights.items():
            point -= weight
            if point < 0:
                return key
        return next(key for key in reversed(list(weights)) if weights[key])

    def one(self, items: tuple[_T, ...]) -> _T:
        """Return any of the items."""
        return items[int(self.number() * len(items))]


def draw_program(
    grammar: Grammar,
    layout: Layout,
    precision: Precision,
    seed: str,
    wanted: Callable[[Program], bool] = lambda program: True,
) -> Program | None:
    """Return a program, None if the draw came to nothing sound, or nothing that is wanted."""
    builder = _Builder(grammar, layout, precision, Chooser(seed))
    try:
        program = builder.build()
    except (OverflowError, ValueError, ZeroDivisionError):
        return None
    if program is None or not wanted(program) or probe.complaint(program) is not None:
        return None
    return program


@cache
def _of_kind(kind: str) -> tuple[Operator, ...]:
    return tuple(operator for operator in OPERATORS.values() if operator.kind == kind)


@dataclass
class _Builder:
    """A program while it grows; facts and samples go along with its values."""

    grammar: Grammar
    layout: Layout
    precision: Precision
    choose: Chooser
    values: list[Source | Step] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    origins: list[frozenset[int]] = field(default_factory=list)
    """For each value, all it is made from."""
    norms: int = 0

    def build(self) -> Program | None:
        """Draw head, steps and tail; None if nothing came of it."""
        depth = self.choose.weighted(self.grammar.depths)
        steps: Mapping[str, float] = self.grammar.steps
        if self._is_narrow:
            depth, steps = min(depth, _NARROW_DEPTH), _NARROW_STEPS
        tail = self.choose.weighted(self.grammar.tails)
        head = self.choose.weighted(self.grammar.heads)
        if (head, tail) == ("turned", "transpose"):
            return None
        current, used = self._head(head)
        wanted = depth - used - (tail != "none")
        for _ in range(max(wanted, 0)):
            following = self._tried(current, steps)
            if following is None:
                break
            current = following
        if tail != "none" and (used or wanted >= 0):
            self._tail(tail, current)
        if not self._is_worth_it():
            return None
        style = 0.0 if self.grammar.plain else self.choose.number()
        return Program(tuple(self.values), self.layout, self.precision, style)

    @property
    def _is_narrow(self) -> bool:
        return self.precision in ("float16", "bfloat16")

    def _is_worth_it(self) -> bool:
        """Whether something is computed, beyond a move or a constant factor."""
        steps = [value for value in self.values if isinstance(value, Step)]
        moves = ("scalar", "half", "tail")
        return any(
            step.operator.kind not in moves and step.name != "transpose_in" for step in steps
        )

    def _head(self, name: str) -> tuple[int, int]:
        """Add what a program begins with; return its place and how many operators it took."""
        match name:
            case "gate":
                return self._gate()
            case "linear":
                left = self._source("left", Recipe())
                matrix = self._source("matrix", Recipe(), "projection")
                if self.choose.number() < 0.4:
                    return self._append("linear_no_bias", (left, matrix), Facts()), 1
                bias = self._source("column", Recipe(), "bias")
                return self._append("linear", (left, matrix, bias), Facts()), 1
            case "matmul":
                left, right = self._source("left", Recipe()), self._source("right", Recipe())
                return self._append("matmul", (left, right), Facts()), 1
            case "turned":
                turned = self._source("turned", self._recipe())
                return self._append("transpose_in", (turned,), self.facts[turned]), 1
        return self._source("tensor", self._recipe()), 0

    def _gate(self) -> tuple[int, int]:
        """Add a gate: one half of each row through an activation, times the other half."""
        wide = self._source("wide", self._recipe())
        names = ("first_half", "second_half")
        if self.choose.number() < 0.25:
            names = ("even_columns", "odd_columns")
        first, second = (
            self._append(name, (wide,), rules.after_half(self.facts[wide])) for name in names
        )
        gated = self._tried(first, {"unary": 1})
        if gated is None:
            raise ValueError("no activation fits")
        facts = rules.derive_pair(OPERATORS["mul"], self.facts[gated], self.facts[second], "tensor")
        return self._append("mul", (gated, second), facts), 2

    def _tried(self, current: int, steps: Mapping[str, float]) -> int | None:
        """Draw a step until one is sound; None if none was."""
        for _ in range(_TRIES):
            kept = len(self.values)
            place = self._step(self.choose.weighted(steps), current)
            if place is not None and self._has_effect(place, current):
                self.norms += self._step_at(place).operator.kind == "row"
                return place
            for grown in (self.values, self.facts, self.samples, self.origins):
                del grown[kept:]
        return None

    def _step_at(self, place: int) -> Step:
        step = self.values[place]
        assert isinstance(step, Step)
        return step

    def _has_effect(self, place: int, before: int) -> bool:
        after, given = self.samples[place], self.samples[before]
        largest = max(map(abs, after))
        if not _SMALLEST < largest < _LARGEST or mean_size(after) < _LEAST_EVEN * largest:
            return False
        size = max(rms(after), rms(given))
        return distance(after, given) >= probe.LEAST_EFFECT[self.precision] * size > 0

    def _step(self, kind: str, current: int) -> int | None:
        match kind:
            case "unary" | "scalar":
                return self._single(kind, current)
            case "norm":
                return self._norm(current)
            case "column" | "tensor" | "row":
                return self._with_source(kind, current)
            case "residual":
                return self._residual(current)
        return self._mask(current)

    def _operator(self, kind: str) -> Operator:
        weights = self.grammar.operators
        if not weights:
            return self.choose.one(_of_kind(kind))
        return self.choose.weighted({op: weights.get(op.name, 1.0) for op in _of_kind(kind)})

    def _single(self, kind: str, current: int) -> int | None:
        operator = self._operator(kind)
        constants = self.choose.one(operator.constants)
        facts = self.facts[current]
        if rules.refuse(operator, facts, constants):
            return None
        if not self._is_gentle(operator, current):
            return None
        derived = rules.derive(operator, facts, constants)
        return self._append(operator.name, (current,), derived, constants)

    def _norm(self, current: int) -> int | None:
        operator = self._operator("row")
        facts = self.facts[current]
        if self.norms >= self.grammar.most_norms or rules.refuse(operator, facts, ()):
            return None
        if self._is_narrow and operator.name not in _NARROW_NORMS:
            return None
        if not self._is_gentle(operator, current):
            return None
        if probe.is_normal_already(operator.name, self.samples[current]):
            return None
        arguments = [current]
        if "weight" in operator.traits:
            arguments.append(self._source("column", _POSITIVE, self._free_name("mul")))
        if "bias" in operator.traits:
            arguments.append(self._source("column", Recipe(), self._free_name("add")))
        return self._append(operator.name, tuple(arguments), rules.derive(operator, facts, ()))

    def _is_gentle(self, operator: Operator, current: int) -> bool:
        """Whether a 16-bit type bears an operator: every kernel rounds, and some magnify that."""
        if not self._is_narrow:
            return True
        if self.facts[current].last == "log_softmax":
            return False  # far from zero: what follows would see little but rounding
        exact = isinstance(self.values[current], Source)
        return operator.spellings[0].kernels == 1 and (exact or "amplifies" not in operator.traits)

    def _with_source(self, kind: str, current: int) -> int | None:
        """Join a new input or parameter to the current value."""
        if len(self._sources()) >= _MOST_SOURCES:
            return None
        operator = self._operator("binary")
        if kind == "row" and operator.name not in ("add", "mul", "sub"):
            return None
        role: Role = "column" if kind == "column" else "row" if kind == "row" else "tensor"
        recipe = Recipe() if role != "tensor" else self._recipe()
        if operator.name == "mul" and role != "tensor":
            recipe = _POSITIVE
        elif operator.name in ("maximum", "minimum"):
            recipe = Recipe(factor=0.5)
        name = None
        if role == "column":
            name = self._free_name(operator.name)
        elif role == "row":
            name = "scale" if operator.name == "mul" else "shift"
            if any(source.name == name for source in self._sources()):
                return None
        other = self._source(role, recipe, name)
        facts = rules.derive_pair(operator, self.facts[current], self.facts[other], role)
        return self._append(operator.name, (current, other), facts)

    def _residual(self, current: int) -> int | None:
        """Join an earlier value of full size to the current one."""
        earlier = [place for place in range(current) if self._is_full(place)]
        if not earlier:
            return None
        other = self.choose.one(tuple(earlier))
        operator = self._operator("binary")
        facts, others = self.facts[current], self.facts[other]
        related = bool(self.origins[current] & (self.origins[other] | {other}))
        if rules.refuse_pair(operator, facts, others, related=related):
            return None
        derived = rules.derive_pair(operator, facts, others, "tensor")
        return self._append(operator.name, (current, other), derived)

    def _mask(self, current: int) -> int | None:
        if len(self._sources()) >= _MOST_SOURCES or any(s.role == "mask" for s in self._sources()):
            return None
        operator, facts = self._operator("select"), self.facts[current]
        mask = self._source("mask", Recipe(uniform=True), "mask")
        if operator.name == "masked_fill":
            constants = self.choose.one(operator.constants)
            derived = rules.derive_select(operator, facts, None, constants[0])
            return self._append(operator.name, (current, mask), derived, constants)
        earlier = [place for place in range(current) if self._is_full(place)]
        other = self.choose.one(tuple(earlier)) if earlier else None
        if other is None:
            other = self._source("tensor", self._recipe())
        derived = rules.derive_select(operator, facts, self.facts[other], 0.0)
        return self._append(operator.name, (mask, current, other), derived)

    def _tail(self, name: str, current: int) -> None:
        """Add what ends a program; a sound one is drawn a few times, then left out."""
        if name == "transpose":
            self._append("transpose_out", (current,), self.facts[current])
            return
        if name == "concat":
            others = [place for place in range(current) if self._is_full(place)]
            if others:
                other = self.choose.one(tuple(others))
                self._append("concat", (current, other), self.facts[current])
            return
        for _ in range(_TRIES):
            operator = self._operator("reduce")
            if rules.refuse(operator, self.facts[current], ()) is None:
                self._append(operator.name, (current,), Facts(last=operator.name))
                return

    def _is_full(self, place: int) -> bool:
        value = self.values[place]
        if isinstance(value, Source):
            return value.role == "tensor"
        return True

    def _sources(self) -> list[Source]:
        return [value for value in self.values if isinstance(value, Source)]

    def _free_name(self, operator: str) -> str:
        taken = {source.name for source in self._sources()}
        free = [name for name in _PARAMETER_NAMES[operator] if name not in taken]
        return free[0] if free else f"{operator}_{len(taken)}"

    def _recipe(self) -> Recipe:
        return self.choose.weighted(dict(zip(_RECIPES, _RECIPE_WEIGHTS, strict=True)))

    def _source(self, role: Role, recipe: Recipe, name: str | None = None) -> int:
        if name is None:
            taken = {source.name for source in self._sources()}
            name = next(name for name in _INPUT_NAMES if name not in taken)
        source = Source(role, name, recipe)
        low, high = recipe.bounds
        place = len(self.values)
        self._grow(source, Facts(low=low, high=high), probe.draw(source, place), frozenset())
        return place

    def _append(
        self, name: str, arguments: tuple[int, ...], facts: Facts, constants: tuple[float, ...] = ()
    ) -> int:
        spelling = int(self.choose.number() * len(OPERATORS[name].spellings))
        if self._is_narrow and OPERATORS[name].spellings[spelling].kernels > 1:
            spelling = 0
        if name == "rms_norm" and "turned" in {source.role for source in self._sources()}:
            spelling = 0  # the named function would copy its input into another order first
        if self.grammar.plain:
            spelling = 0
        step = Step(name, arguments, constants, spelling)
        operands = [self.samples[argument] for argument in arguments]
        origin = frozenset(arguments).union(*(self.origins[at] for at in arguments))
        self._grow(step, facts, probe.apply(step, operands, self.layout.columns), origin)
        return len(self.values) - 1

    def _grow(
        self, value: Source | Step, facts: Facts, values: Sample, origin: frozenset[int]
    ) -> None:
        self.values.append(value)
        self.facts.append(facts)
        self.samples.append(values)
        self.origins.append(origin)
