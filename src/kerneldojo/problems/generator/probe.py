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
LEAST_EFFECT_ON_AVERAGES = 0.003
"""The same for averages over rows in float32, which hardly differ from one another."""
_NEEDED = ("reduce", "head", "half", "tail")
"""Kinds of steps that cannot be left out: shapes would change."""
_LARGEST = 300.0
LEAST_EFFECT_ON_EXTREMES = 0.15
"""The same for the largest or smallest of a row: those of a longer row differ less."""
_CENTRED, _UNIT = 0.2, 0.12
"""How near to centred, and to unit size, counts as being so."""
_NOISE = 1e-9
"""Size of an answer relative to what it is made from that is nothing but rounding."""
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


def is_normal_already(name: str, x: Sample) -> bool:
    """Whether a normalisation would leave a long row of such values much as it is.

    What a sampled row shows of that is mostly how few values it has.
    """
    size = sample.rms(x)
    centred = abs(sample.mean(x)) < _CENTRED * size
    if name == "mean_centre":
        return centred
    if name.startswith("layer_norm"):
        return centred and abs(sample.spread(x) - 1.0) < _UNIT
    if name.startswith("rms_norm"):
        return abs(size - 1.0) < _UNIT
    return name == "mean_abs_scale" and abs(sample.mean_size(x) - 1.0) < _UNIT


def least_effect(program: Program) -> float:
    """Return the least change of the answer, relative to its size, that no tolerance hides."""
    least = LEAST_EFFECT[program.precision]
    if "averages" in program.answer.operator.traits:
        longer = math.sqrt(program.layout.columns / sample.COLUMNS)
        return LEAST_EFFECT_ON_AVERAGES if program.dtype == "float32" else least * longer
    if program.answer.operator.kind == "reduce":
        return max(least, LEAST_EFFECT_ON_EXTREMES)
    return least


def complaint(program: Program) -> str | None:
    """Say what is wrong with a program, None if every part of it matters."""
    try:
        return _complaint(program)
    except (OverflowError, ValueError, ZeroDivisionError):
        return "a number leaves the range of floats"


def _complaint(program: Program) -> str | None:
    values = run(program)
    answer = values[-1]
    least = least_effect(program)
    size = sample.rms(answer)
    if max(map(abs, answer)) > _LARGEST * (1 if not program.has("reduce") else 100):
        return "the answer is too large"
    if program.dtype == "float16" and size < _LEAST_NARROW:
        return "the answer is too small for float16"
    if size < _NOISE * sample.rms(values[program.answer.arguments[0]]):
        return "the answer cancels out"
    if not size or sample.spread(answer) < least * size:
        return "the answer is nearly constant"

    def changed(other: Sample) -> bool:
        return sample.distance(answer, other) >= least * size

    for place, value in enumerate(program.values):
        if isinstance(value, Step) and value.operator.kind in _NEEDED:
            continue
        if not changed(run_changed(program, values, place)):
            return f"the answer hardly depends on {value.name}"
    return None


def _kept_argument(step: Step) -> int:
    """Return the argument that takes the place of a step that is left out."""
    return step.arguments[1] if step.name == "where" else step.arguments[0]
