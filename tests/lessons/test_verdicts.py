"""Real verdicts: solutions are of the quality that they are said to be."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

import kerneldojo as kd
from kerneldojo.problems import generator
from kerneldojo.problems.generator.solutions import (
    HACKS,
    Quality,
    draw_style,
    render_hack,
    render_solution,
    render_wrong_triton,
)
from kerneldojo.records import Evaluation, Solution, Status
from kerneldojo.settings import EvaluationSettings, TimingPlan, Trials

PROGRAM = generator.generate_program("train", 11)
PROBLEM = generator.generate("train", 11)
MISTAKEN = {
    "stride": Status.WRONG_VALUE,
    "short_block": Status.WRONG_VALUE,
    "left_out": Status.WRONG_VALUE,
    "argument": Status.RUNTIME_ERROR,
}


@pytest.fixture(scope="module")
def evaluator() -> Iterator[kd.Evaluator]:
    settings = EvaluationSettings(
        timing=TimingPlan(enabled=False), trials=Trials(seeds=1, distributions=False)
    )
    with kd.Evaluator(settings) as evaluator:
        yield evaluator


def verdicts(evaluator: kd.Evaluator, sources: list[str]) -> list[Evaluation]:
    style = draw_style(random.Random(1))
    futures = [
        evaluator.submit(PROBLEM, Solution(source=style.dress(source), language="triton"))
        for source in sources
    ]
    return [future.result() for future in futures]


def test_honest_solutions_are_correct(evaluator: kd.Evaluator) -> None:
    sources = []
    for quality in (Quality.FUSED, Quality.PARTLY, Quality.LAZY):
        rendering = render_solution(PROGRAM, quality, random.Random(0))
        assert rendering is not None
        assert rendering.quality is quality
        sources.append(rendering.source)
    found = verdicts(evaluator, sources)
    assert [each.status for each in found] == [Status.CORRECT] * 3, found
    fused, _, lazy = (each.profile.coverage if each.profile else None for each in found)
    assert fused is not None
    assert lazy is not None
    assert fused > 0.9
    assert lazy < 0.4


def test_mistakes_are_wrong_and_no_worse(evaluator: kd.Evaluator) -> None:
    sources = []
    for mistake in MISTAKEN:
        mistaken = render_wrong_triton(PROGRAM, random.Random(0), mistake)
        assert mistaken is not None, mistake
        sources.append(mistaken[0])
    found = [each.status for each in verdicts(evaluator, sources)]
    assert dict(zip(MISTAKEN, found, strict=True)) == MISTAKEN


def test_hacks_are_found_out(evaluator: kd.Evaluator) -> None:
    found = verdicts(evaluator, [render_hack(PROGRAM, hack) for hack in HACKS])
    statuses = {hack: each.status for hack, each in zip(HACKS, found, strict=True)}
    assert statuses == dict.fromkeys(HACKS, Status.HACKED)
