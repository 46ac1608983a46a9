"""The demo shows what it promises: honest, wrong, lazy and cheating solutions that exist."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import kerneldojo as kd

DEMO = runpy.run_path(str(Path(__file__).parents[1] / "scripts" / "demo.py"))


@pytest.mark.parametrize("name", DEMO["CHOSEN"])
def test_every_chosen_example_says_what_to_expect(name: str) -> None:
    source = (DEMO["EXAMPLES"] / name).read_text()
    assert kd.load_problem(DEMO["announced"](source, "problem"))
    for status in DEMO["announced"](source, "status").split(", "):
        assert kd.Status(status)
    assert kd.load_solution(DEMO["EXAMPLES"] / name).language == DEMO["announced"](
        source, "language"
    )


def test_the_demo_covers_every_sort() -> None:
    kinds = [name.partition("/")[2] for name in DEMO["CHOSEN"]]
    assert kinds.count("cheating.py") >= 3
    assert {"honest_triton.py", "honest_cpp.py", "wrong_triton.py", "lazy_triton.py"} <= set(kinds)
