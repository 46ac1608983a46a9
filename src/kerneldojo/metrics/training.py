"""What became of a figure in the course of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

RISING = frozenset(
    "reward reward_last reward_best correct fast_1 fast_1_2 best_fast_1 best_fast_1_2 coverage "
    "speedup accuracy".split()
)
"""Figures that are the better the higher they are."""
FALLING = frozenset(("hacked", "lazy"))
"""Figures that are the better the lower they are."""
_SHARE = 10
"""Beginning and end are so many parts of the steps: of single ones, chance has too much say."""


class Course(NamedTuple):
    """A figure from the first step to the last."""

    first: float
    """Mean over the first tenth of its values, at least one."""
    last: float
    """Mean over the last tenth of its values, at least one."""
    best: float | None
    """Of a single step; None where neither higher nor lower is better."""
    best_step: int | None
    """The earliest step with it, counted from 1."""
    values: tuple[float, ...]
    """Of all steps that have it."""


def course(steps: Sequence[Mapping[str, Any]], name: str) -> Course | None:
    """Return what became of a figure; None if no step has it.

    Args:
        steps: the steps in order, each with its number as `step`.
        name: the figure's name in them.
    """
    known = [
        (int(step["step"]), float(value))
        for step in steps
        if isinstance(value := step.get(name), int | float)
    ]
    if not known:
        return None
    values = tuple(value for _, value in known)
    size = max(1, len(values) // _SHARE)
    best: tuple[int, float] | None = None
    if name in RISING:
        best = max(known, key=lambda pair: pair[1])
    elif name in FALLING:
        best = min(known, key=lambda pair: pair[1])
    return Course(
        first=sum(values[:size]) / size,
        last=sum(values[-size:]) / size,
        best=best[1] if best else None,
        best_step=best[0] if best else None,
        values=values,
    )
