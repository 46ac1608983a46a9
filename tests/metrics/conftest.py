"""Outcomes in few words, and random ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from kerneldojo.metrics import Estimate
from kerneldojo.records import Outcome, Status

Make = Callable[..., Outcome]


def outcome(problem: str, speedup: float | None = None, **fields: Any) -> Outcome:
    """A correct outcome with this speedup (±10 %), unless a status says otherwise."""
    status = fields.pop("status", Status.CORRECT)
    timed = speedup is not None and status == Status.CORRECT
    return Outcome(
        problem=problem,
        evaluation=f"{problem}#{fields.get('sample', 0)}.{fields.get('turn', 0)}",
        status=status,
        speedup=speedup if timed else None,
        speedup_low=speedup * 0.9 if timed else None,
        speedup_high=speedup * 1.1 if timed else None,
        **fields,
    )


def wrong(problem: str, **fields: Any) -> Outcome:
    return outcome(problem, status=Status.WRONG_VALUE, **fields)


def failed(problem: str, **fields: Any) -> Outcome:
    return outcome(problem, status=Status.EVALUATION_FAILED, **fields)


def many(problems: int, samples: int, seed: int = 0) -> list[Outcome]:
    """Random outcomes of problems that differ in difficulty."""
    draw = random.Random(seed)
    rows = []
    for number in range(problems):
        difficulty, level = draw.random(), number % 3 + 1
        name = f"kernelbench/level{level}/{number}"
        for sample in range(samples):
            about: dict[str, Any] = {"sample": sample, "level": level, "family": f"level{level}"}
            if draw.random() < 0.03:
                rows.append(failed(name, **about))
            elif draw.random() < difficulty:
                rows.append(outcome(name, draw.lognormvariate(0.2, 0.5), coverage=0.8, **about))
            else:
                rows.append(wrong(name, **about))
    return rows


def same(one: Estimate, other: Estimate) -> bool:
    """Whether two estimates are equal but for rounding."""
    return one.model_dump() == pytest.approx(other.model_dump())


@pytest.fixture
def rows() -> list[Outcome]:
    return many(40, 5)
