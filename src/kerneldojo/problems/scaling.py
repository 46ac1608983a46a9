"""Sizes meant for a large GPU, scaled down for a CPU by giving constants other values.

Static: nothing is run. Sizes are halved, one kind after another, until what the text tells about
the work is small enough; what they have to be divisible by keeps dividing them.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from kerneldojo.errors import InvalidProblem
from kerneldojo.problems.sizes import Kind, Size, find_sizes
from kerneldojo.problems.specialise import specialise
from kerneldojo.problems.static_shapes import input_shapes, top_level
from kerneldojo.problems.syntax import parse
from kerneldojo.problems.work import Work, estimate
from kerneldojo.records import Problem, ProblemMetadata, Workload

SUFFIX = "@cpu"
"""What a scaled problem's name ends with."""

AIM = Work(tensor=1 << 21, weights=1 << 21, operations=1 << 29)
"""Scaled problems do not exceed this where that can be had: about 10 ms a call on two cores."""

MOST = Work(tensor=1 << 25, weights=1 << 26, operations=1 << 34)
"""A problem that cannot be brought below this is refused."""

_PHASES: tuple[tuple[tuple[Kind, int], ...], ...] = (
    (("batch", 16), ("space", 32)),
    (("feature", 256),),
    (("batch", 2), ("space", 16)),
    (("feature", 32),),
)
"""Which kinds of sizes are halved, down to which values, before the next ones are touched."""


_UNASKED = 256
"""How far a size goes down that only follows one of another kind."""

Relation = tuple[int, int, int]


@dataclass(frozen=True)
class Scaled:
    """New values for constants, and how they came about in words."""

    constants: dict[str, Any]
    summary: str


def scale_for_cpu(problem: Problem) -> Problem:
    """Return the problem with sizes fit for a CPU, its name ending in `@cpu`.

    Its description says what changed. A problem that is small already only gets the name.
    Workloads that are meant for a GPU alone are dropped; each other one is scaled.

    Raises:
        InvalidProblem: if nothing that can be changed makes it small enough.
    """
    if problem.name.endswith(SUFFIX):
        return problem
    metadata, source = problem.metadata, problem.source
    if metadata.workloads:
        metadata, summary = _scale_workloads(problem)
    else:
        scaled = _scale(source, problem.name)
        source, summary = specialise(source, scaled.constants, problem.name), scaled.summary
    description = ". ".join(filter(None, (metadata.description.rstrip(". "), summary)))
    return problem.model_copy(
        update={
            "name": problem.name + SUFFIX,
            "source": source,
            "metadata": metadata.model_copy(update={"description": description}),
        }
    )


def _scale_workloads(problem: Problem) -> tuple[ProblemMetadata, str]:
    summaries: list[str] = []
    scaled: list[Workload] = []
    for workload in problem.metadata.workloads:
        if workload.target == "cuda":
            continue
        where = f"{problem.name}: workload {workload.name!r}"
        source = specialise(problem.source, workload.constants, where)
        found = _scale(source, where)
        values = workload.constants | found.constants
        if values not in [other.constants for other in scaled]:
            scaled.append(workload.model_copy(update={"constants": values}))
            summaries.append(f"{workload.name}: {found.summary}" if found.constants else "")
    if not scaled:
        raise InvalidProblem(f"{problem.name}: all of its workloads are meant for a GPU")
    update = {"workloads": tuple(scaled), "interpreter_workload": None}
    text = " ".join(filter(None, summaries)) or _UNCHANGED
    return problem.metadata.model_copy(update=update), text


_UNCHANGED = "Its inputs are small enough for a CPU: nothing is changed."


def _scale(source: str, where: str) -> Scaled:
    tree = parse(source, where)
    sizes = find_sizes(tree)
    before = estimate(tree, {})
    if before is None:
        raise InvalidProblem(
            f"{where}: cannot be scaled down for a CPU: the sizes of its inputs are not told by "
            "constants at the top of the file"
        )
    _shrink(tree, sizes)
    after = estimate(tree, _values(sizes)) or before
    if not after.within(MOST):
        raise InvalidProblem(
            f"{where}: cannot be scaled down for a CPU: its largest tensor would still have "
            f"{after.tensor:,} elements and a call take about {after.operations:,} operations"
        )
    changed = [size for size in sizes if size.value != size.original]
    if not changed:
        return Scaled({}, _UNCHANGED)
    words = ", ".join(f"{size.label} {size.original} → {size.value}" for size in changed)
    return Scaled(_values(changed), f"Scaled down for a CPU: {words}.")


def _shrink(tree: ast.Module, sizes: list[Size]) -> None:
    """Halve sizes, the largest first, until the work is as small as it should be."""
    relations = _relations(tree, {})
    for phase in _PHASES:
        floors = dict(phase)
        while True:
            work = estimate(tree, _values(sizes))
            if work is None or work.within(AIM):
                return
            if not _halve_largest(tree, sizes, floors, work, relations):
                break


def _halve_largest(
    tree: ast.Module,
    sizes: list[Size],
    floors: dict[Kind, int],
    work: Work,
    relations: set[Relation],
) -> bool:
    """Halve the largest size that makes the work smaller, with all that have to equal it."""
    for size in sorted(sizes, key=lambda size: -size.value):
        if size.kind not in floors:
            continue
        twins = [other for other in sizes if other.twin(size)]
        equals = [other for other in sizes if other.original == size.original]
        for group in (twins, equals):
            if not all(other.can_halve(floors.get(other.kind, _UNASKED)) for other in group):
                continue
            values = [other.value for other in group]
            for other in group:
                other.halve()
            new = _values(sizes)
            less = estimate(tree, new)
            helps = less is not None and less.relieves(work, AIM)
            if helps and relations <= _relations(tree, new):
                return True
            for other, value in zip(group, values, strict=True):
                other.value = value
    return False


def _relations(tree: ast.Module, values: dict[str, Any]) -> set[Relation]:
    """Return which inputs have equal last, second-last, … axes: so they may be broadcast."""
    shapes = input_shapes(tree, top_level(tree, values))
    return {
        (left, right, axis)
        for (left, one), (right, other) in combinations(enumerate(shapes), 2)
        for axis in range(min(len(one), len(other)))
        if one[-1 - axis] == other[-1 - axis]
    }


def _values(sizes: list[Size]) -> dict[str, Any]:
    """Return the constants' values that the sizes make, sequences whole."""
    found: dict[str, Any] = {}
    for size in sizes:
        if size.index is None:
            found[size.name] = size.value
        else:
            items = list(found.get(size.name, size.whole))
            items[size.index] = size.value
            found[size.name] = type(size.whole)(items)
    return found
