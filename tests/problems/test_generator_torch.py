"""Generated problems in PyTorch, and their Triton solutions: sound, and fused as announced."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import kerneldojo as kd
from kerneldojo.problems import generator
from kerneldojo.problems.generator.problem_source import render_problem
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials
from tests.problems import generated, gold_generated

CHECKED = [("train", index) for index in range(80)]
CHECKED += [("test", index) for index in range(25)] + [("tiny-train", index) for index in range(15)]


@pytest.mark.parametrize(("split", "index"), CHECKED)
def test_a_generated_problem_is_sound(split: str, index: int) -> None:
    assert generated.examine(generator.generate(split, index)) == []


def test_base_sizes_are_sound_too() -> None:
    for index in range(8):
        assert generated.examine(generator.generate("train", index), "base") == []


def test_odd_sizes_work() -> None:
    for index in range(12):
        model, inputs = generated.instance(generator.generate("train", index), "odd")
        with torch.no_grad():
            assert model(*inputs).isfinite().all()


@pytest.mark.parametrize(("split", "index"), CHECKED)
def test_eager_pytorch_runs_as_many_kernels_as_announced(split: str, index: int) -> None:
    problem = generator.generate(split, index)
    ran = generated.kernels(problem)
    assert f"eager-kernels-{len(ran)}" in problem.metadata.tags, ran


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ("x - x + y - y", "nearly constant"),
        ("(x + y) / 0.0", "not finite"),
        ("x + 1e-3 * y", "ignores input 1"),
        ("(x + y).double()", "dtype"),
        ("(x + y) * (2.0 if x.dtype == torch.float64 else 1.0)", "own error"),
    ],
)
def test_unsound_problems_are_found_out(answer: str, complaint: str) -> None:
    x, y = generator.Source("tensor", "x"), generator.Source("tensor", "y")
    layout = generator.Layout((8,), 64)
    program = generator.Program((x, y, generator.Step("add", (0, 1))), layout)
    problem = render_problem(program, "generated/own/0")
    assert generated.examine(problem) == []
    source = problem.source.replace("return x + y", f"return {answer}")
    assert source != problem.source
    found = generated.examine(problem.model_copy(update={"source": source}))
    assert any(text.startswith(complaint) for text in found), found


@pytest.mark.parametrize("index", range(24))
def test_fused_and_lazy_solutions_are_right(index: int, tmp_path: Path) -> None:
    program, problem = (
        generator.generate_program("train", index),
        generator.generate("train", index),
    )
    allowed = gold_generated.WITHIN[getattr(torch, program.dtype)]
    fused = generator.render_fused_triton(program)
    assert (fused is None) == ("matmul" in problem.metadata.tags)
    for source in (fused, generator.render_lazy_triton(program)):
        if source is not None:
            assert gold_generated.error(problem, source, tmp_path) < allowed, source


def test_what_cannot_be_rendered_is_none() -> None:
    x, y = generator.Source("left", "x"), generator.Source("right", "y")
    layout = generator.Layout((8,), 64)
    product = generator.Program((x, y, generator.Step("matmul", (0, 1))), layout)
    assert generator.render_fused_triton(product) is None
    assert generator.render_lazy_triton(product) is None


def test_the_evaluator_takes_the_fused_solution() -> None:
    index = next(
        index
        for index in range(200)
        if generator.generate_program("train", index).depth >= 5
        and generator.render_fused_triton(generator.generate_program("train", index))
    )
    program, problem = (
        generator.generate_program("train", index),
        generator.generate("train", index),
    )
    settings = EvaluationSettings(
        timing=TimingPlan(enabled=False), trials=Trials(seeds=1), profile=False
    )
    fused = generator.render_fused_triton(program)
    assert fused is not None
    evaluation = kd.evaluate(
        problem, kd.Solution(source=fused, language="triton"), settings=settings
    )
    assert evaluation.status is kd.Status.CORRECT, evaluation.to_json()
