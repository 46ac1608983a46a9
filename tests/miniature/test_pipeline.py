"""From nothing to a model that has learnt a little: lessons, tokenizer, training."""

from __future__ import annotations

import json
from pathlib import Path

from kerneldojo.miniature import Size, pipeline, recipe
from kerneldojo.training.journal import read_steps

SIZE = Size(vocabulary=500, hidden=32, layers=1, heads=2, context=512)


def test_lessons_are_of_mixed_quality(tmp_path: Path) -> None:
    path = pipeline.write_lessons(tmp_path / "lessons", 40)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    said = [row["model"].split("/")[1] for row in rows]
    assert {"lazy", "fused", "hack"} <= set(said)
    assert said.count("lazy") > len(said) / 2
    assert all(row["problem"].startswith("generated/mini-train/") for row in rows)


def test_a_model_begins_to_learn(tmp_path: Path) -> None:
    lessons = pipeline.write_lessons(tmp_path / "lessons", 20)
    model = pipeline.begin([lessons], tmp_path, recipe.cold_start(6), size=SIZE)
    steps = read_steps(tmp_path / "sft")
    assert (model / "model.safetensors").is_file()
    assert steps[-1].loss < steps[0].loss


def test_no_problem_is_practised_that_was_taught_or_is_held_out() -> None:
    taught = pipeline.problems(pipeline.TRAIN, pipeline.TAUGHT, 50)
    practised = pipeline.problems(pipeline.TRAIN, pipeline.PRACTISED, 50)
    held_out = pipeline.problems(pipeline.TEST, 0, 50)
    sources = [problem.digest for problem in (*taught, *practised, *held_out)]
    assert len(set(sources)) == len(sources)
