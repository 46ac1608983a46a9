"""The steps of a training run, as plain figures by name: reading them loads no training library."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from kerneldojo.store.lines import BadLine, read_lines

METRICS = "metrics.jsonl"
"""A training run's file of steps, one a line."""
VALIDATIONS = "validation.jsonl"
"""Its file of validations, one a line: `step` says after how many steps each was made."""
TRAINING = ("sft", "rl")
"""Kinds of runs that have one."""

Figures = dict[str, float | str | None]
"""A step: numbers by name; None for what is not there or not finite; other texts as they are."""


def parse_step(line: bytes | str, first: int = 1) -> Figures:
    """Return the figures of a line.

    Args:
        line: a JSON object.
        first: the least number that its `step` may have.

    Raises:
        ValueError: if it is no step.
    """
    values = json.loads(line)
    number = values.get("step") if isinstance(values, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < first:
        raise ValueError(f"a step is an object with a whole number `step`, counted from {first}")
    return {str(name): _figure(value) for name, value in values.items()}


def _figure(value: Any) -> float | str | None:
    if isinstance(value, str):
        return None if value in ("NaN", "Infinity", "-Infinity") else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def number_of(step: Figures) -> int:
    """Return a step's number."""
    return int(step["step"] or 0)


def take_step(steps: list[Figures], step: Figures) -> None:
    """Add a step to those before it.

    A number that was there already means that the training was resumed: that step and those after
    it were taken again, or will be, by weights that have not seen them.
    """
    while steps and number_of(steps[-1]) >= number_of(step):
        steps.pop()
    steps.append(step)


def read_steps(run: str | Path, bad: list[BadLine]) -> list[Figures]:
    """Return the steps of a training run, in order; a torn last line is left out.

    Args:
        run: the run's directory.
        bad: collects the lines that were passed over.

    Raises:
        StoreError: if the file cannot be read.
    """
    steps: list[Figures] = []
    for step in read_lines(Path(run) / METRICS, parse_step, bad):
        take_step(steps, step)
    return steps
