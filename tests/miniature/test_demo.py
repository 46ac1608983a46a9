"""The miniature's demo from its lessons to its end, with a judge that compiles nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

import pytest

from kerneldojo.dialogue import dialogue
from kerneldojo.evaluator import Evaluator
from kerneldojo.miniature import Size
from kerneldojo.miniature.demo import Extent, demo
from tests.training.reinforcement import world

EXTENT = Extent(
    from_nothing=True,
    turns=1,
    lessons=20,
    cold_steps=3,
    steps=2,
    practised=8,
    held_out=2,
    size=Size(vocabulary=500, hidden=32, layers=1, heads=2, context=512),
)


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every reply for a solution, and wait for nobody who measures."""
    monkeypatch.setattr(dialogue, "parse_reply", world.any_text)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_demo_goes_from_nothing_to_a_trained_model_and_is_done_once(tmp_path: Path) -> None:
    judge, lines = world.Judge(), list[str]()
    evaluator = cast(Evaluator, judge)
    found = demo(tmp_path / "demo", evaluator, lines.append, EXTENT)
    assert [validation.step for validation in found.held_out] == [0, 2]
    assert all(validation.trajectories == 4 for validation in found.held_out)
    assert found.rewards == (found.steps[0].reward, found.steps[1].reward)
    assert (tmp_path / "demo" / "rl" / "model" / "model.safetensors").is_file()
    told = "\n".join(lines)
    assert "cold start    3/3" in told and "step  2/2" in told and "held out, after 2" in told
    asked: Any = len(judge.asked)
    assert demo(tmp_path / "demo", evaluator, lines.append, EXTENT) == found
    assert len(judge.asked) == asked, "what is finished is not done again"
