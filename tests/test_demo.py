"""The demo shows what it promises: honest, wrong, lazy and cheating solutions that exist."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import kerneldojo as kd

DEMO = runpy.run_path(str(Path(__file__).parents[1] / "scripts" / "demo.py"))


@pytest.mark.parametrize("name", DEMO["CHOSEN"])
def test_every_chosen_example_says_what_to_expect(name: str) -> None:
    problem, solution, statuses = DEMO["read"](name)
    assert solution.origin == name
    assert all(kd.Status(status) for status in statuses)
    if name.endswith(".py"):
        assert problem.name == DEMO["announced"](solution.source, "problem")
        assert solution.language == DEMO["announced"](solution.source, "language")


def test_the_demo_covers_every_sort() -> None:
    kinds = [name.partition("/")[2] for name in DEMO["CHOSEN"]]
    assert kinds.count("cheating.py") >= 3
    assert {"gold", "honest_cpp.py", "wrong_triton.py", "lazy_triton.py"} <= set(kinds)
