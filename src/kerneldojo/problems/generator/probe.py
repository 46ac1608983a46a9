"""Runs a program on samples, and measures whether every part of it matters.

Each operator is left out in turn, and each source replaced by other numbers of the same
distribution: the answer must change by more than any tolerance could hide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from kerneldojo.problems.generator import sample
from kerneldojo.problems.generator.operator import Operator, Sample
from kerneldojo.problems.generator.program import Precision, Program, Source, Step

LEAST_EFFECT: Mapping[Precision, float] = {
    "float32": 0.05,
    "mixed-float16": 0.08,
    "float16": 0.08,
    "mixed-bfloat16": 0.15,
    "bfloat16": 0.15,
}
"""Least change of the answer, relative to its size, by type of the answer."""
LEAST_SPREAD = 0.01
"""Least standard deviation of the answer, relative to its size."""
_NEEDED = ("reduce", "head", "half", "tail")
"""Kinds of steps that cannot be left out: shapes would change."""
_LARGEST = 300.0
_LEAST_NARROW = 2e-3
"""Least size of a float16 answer: below lie the numbers that lose digits."""


def draw(source: Source, slot: int) -> Sample:
    """Return values of a source; different slots are independent."""
    recipe = source.recipe
    if source.role == "mask":
        return [float(value < 0.5) for value in sample.uniform(slot)]
    values = sample.uniform(slot) if recipe.uniform else sample.normal(slot)
    values = [recipe.offset + recipe.factor * value for value in values]
    if source.role == "column":
        return values[: sample.COLUMNS] * sample.ROWS
    if source.role == "row":
        return [value for value in values[:: sample.COLUMNS] for _ in range(sample.COLUMNS)]
    return values


def apply(step: Step, operands: list[Sample], columns: int) -> Sample:
    """Return a step's values.

    Raises:
        OverflowError: if a number leaves the range of floats.
        ValueError: if a function has no value there.
    """
    operator: Operator = step.operator
    return operator.compute(*operands, *step.constants, columns)


def run(program: Program) -> list[Sample]:
    """Return the values of all sources and steps; the last are the answer's."""
    values: list[Sample] = []
    for place, value in enumerate(program.values):
        if isinstance(value, Source):
            values.append(draw(value, place))
        else:
            values.append(_follow(program, value, values))
    return values


def run_changed(program: Program, values: list[Sample], place: int) -> Sample:
    """Return the answer with one step left out or one source renewed."""
    value, changed = program.values[place], list(values)
    if isinstance(value, Source):
        changed[place] = draw(value, 23 - place)
    else:
        changed[place] = values[_kept_argument(value)]
    stale = {place}
    for later in range(place + 1, len(program.values)):
        step = program.values[later]
        if isinstance(step, Step) and not stale.isdisjoint(step.arguments):
            stale.add(later)
            changed[later] = _follow(program, step, changed)
    return changed[-1]


def _follow(program: Program, step: Step, values: list[Sample]) -> Sample:
    return apply(step, [values[at] for at in step.arguments], program.layout.columns)


def complaint(program: Program) -> str | None:
    """Say what is wrong with a program, None if every part of it matters."""
    try:
        return _complaint(program)
    except (OverflowError, ValueError, ZeroDivisionError):
        return "a number leaves the range of floats"


def _complaint(program: Program) -> str | None:
    values = run(program)
    answer = values[-1]
    least = max(LEAST_EFFECT[program.precision], _least_spread(program))
    size = sample.rms(answer)
    if max(map(abs, answer)) > _LARGEST * (1 if not program.has("reduce") else 100):
        return "the answer is too large"
    if program.dtype == "float16" and size < _LEAST_NARROW:
        return "the answer is too small for float16"
    if not size or sample.spread(answer) < _least_spread(program) * size:
        return "the answer is nearly constant"

    def changed(other: Sample) -> bool:
        return sample.distance(answer, other) >= least * size

    for place, value in enumerate(program.values):
        if isinstance(value, Step) and value.operator.kind in _NEEDED:
            continue
        if not changed(run_changed(program, values, place)):
            return f"the answer hardly depends on {value.name}"
    return None


def _least_spread(program: Program) -> float:
    """Return the least spread of the sampled answer that is one of the real answer as well.

    An average over a sampled row varies more than one over a real row does.
    """
    if "averages" not in program.answer.operator.traits:
        return max(LEAST_SPREAD, LEAST_EFFECT[program.precision])
    averaging = math.sqrt(program.layout.columns / sample.COLUMNS)
    hidden = 0.004 if program.precision == "float32" else LEAST_EFFECT[program.precision]
    return hidden * averaging


def _kept_argument(step: Step) -> int:
    """Return the argument that takes the place of a step that is left out."""
    return step.arguments[1] if step.name == "where" else step.arguments[0]
