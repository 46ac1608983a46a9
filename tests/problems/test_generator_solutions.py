"""Solutions of generated problems: right where they should be, and wrong where they should be."""

from __future__ import annotations

import ast
import dataclasses
import random
from collections import Counter
from pathlib import Path

import pytest
import torch
import triton.language as tl

from kerneldojo.problems import generator
from kerneldojo.problems.generator import Program, Source, Step, torch_source
from kerneldojo.problems.generator.solutions import (
    HACKS,
    MISTAKES,
    PLAIN,
    Quality,
    Style,
    cuts,
    draw_style,
    is_solvable,
    mistakes,
    render_hack,
    render_partly_fused_triton,
    render_solution,
    render_wrong_triton,
)
from tests.problems import gold_generated

PROGRAMS = [generator.generate_program("train", index) for index in range(60)]
PROGRAMS += [generator.generate_program("tiny-train", index) for index in range(40)]
LAYOUT = generator.Layout((8,), 64)
PRODUCT = Program((Source("left", "x"), Source("right", "y"), Step("matmul", (0, 1))), LAYOUT)


def chance(seed: object = 0) -> random.Random:
    return random.Random(str(seed))


def right(program: Program) -> set[str]:
    """Every right solution that mistakes are made in."""
    renderers = (
        generator.render_fused_triton,
        generator.render_lazy_triton,
        render_partly_fused_triton,
    )
    return {source for render in renderers if (source := render(program))}


@pytest.mark.parametrize("index", [0, 6, 11, 17, 24, 31])
def test_partly_fused_solutions_are_right(index: int, tmp_path: Path) -> None:
    program = generator.generate_program("train", index)
    problem = generator.generate("train", index)
    allowed = gold_generated.WITHIN[getattr(torch, program.dtype)]
    for cut in cuts(program)[:2]:
        source = render_partly_fused_triton(program, cut)
        assert source is not None
        assert gold_generated.error(problem, source, tmp_path) < allowed, source


def test_matrix_products_keep_their_product_and_fuse_the_rest() -> None:
    program = next(
        each for each in PROGRAMS if each.steps[0].name.startswith("linear") and each.depth > 3
    )
    source = render_partly_fused_triton(program)
    assert source is not None
    kernel, module = source.split("class ModelNew")
    assert "F." not in kernel
    assert module.count("torch.") <= module.count(": torch.Tensor") + 6
    assert "return finish(" in module


def test_an_input_that_the_kernel_needs_keeps_its_name() -> None:
    x, y = Source("tensor", "x"), Source("tensor", "y")
    steps = (Step("relu", (0,)), Step("tanh", (2,)), Step("add", (3, 0)), Step("mul", (4, 1)))
    program = Program((x, y, *steps), LAYOUT, style=0.0)
    source = render_partly_fused_triton(program, 3)
    assert source is not None
    body = source.split("def forward")[1]
    assert "x = torch" not in body
    assert "x = F" not in body
    assert body.rstrip().endswith(", x, y)")


def test_programs_that_branch_are_not_cut_where_two_values_are_handed_on() -> None:
    x = Source("tensor", "x")
    steps = (Step("relu", (0,)), Step("tanh", (1,)), Step("add", (1, 2)), Step("abs", (3,)))
    assert cuts(Program((x, *steps), LAYOUT)) == [1, 3]
    assert render_partly_fused_triton(Program((x, steps[0]), LAYOUT)) is None


def test_bare_matrix_products_have_no_solution() -> None:
    assert not is_solvable(PRODUCT)
    for quality in Quality:
        assert render_solution(PRODUCT, quality, chance()) is None
    assert render_wrong_triton(PRODUCT, chance()) is None


@pytest.mark.parametrize("quality", list(Quality))
def test_every_solvable_program_has_every_quality_or_a_near_one(quality: Quality) -> None:
    honest = {Quality.FUSED, Quality.PARTLY, Quality.LAZY}
    for program in filter(is_solvable, PROGRAMS):
        found = render_solution(program, quality, chance(quality))
        assert found is not None
        ast.parse(found.source)
        assert found.quality in (honest if quality in honest else {quality})
        assert bool(found.kind) is (quality not in honest)
        assert found == render_solution(program, quality, chance(quality))


def test_the_quality_asked_for_is_preferred() -> None:
    got = Counter(
        render_solution(program, Quality.LAZY, chance()).quality  # type: ignore[union-attr]
        for program in filter(is_solvable, PROGRAMS)
    )
    assert got[Quality.LAZY] > 0.6 * got.total()
    fused = [each for each in PROGRAMS if generator.render_fused_triton(each)]
    for program in fused:
        found = render_solution(program, Quality.FUSED, chance())
        assert found is not None
        assert found.quality is Quality.FUSED


def test_where_nothing_can_be_lazy_the_kernel_is_as_small_as_can_be() -> None:
    x, bias = Source("tensor", "x"), Source("column", "bias")
    steps = (Step("add", (0, 1)), Step("softmax", (2,)), Step("scale", (3,), (2.0,)))
    program = Program((x, bias, *steps), LAYOUT)
    found = {render_solution(program, Quality.LAZY, chance(seed)) for seed in range(8)}
    (only,) = found
    assert only is not None
    assert only.quality is Quality.PARTLY
    assert "tl.exp" not in only.source
    assert "2.0 *" in only.source


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mistake_changes_a_right_solution(mistake: str) -> None:
    made = 0
    for program in filter(is_solvable, PROGRAMS):
        found = render_wrong_triton(program, chance(mistake), mistake)
        if found is None:
            continue
        made += 1
        source, name = found
        assert name == mistake
        assert source not in right(program)
        ast.parse(source)
    assert made >= 2, f"{mistake} can hardly ever be made"


def test_mistakes_are_of_many_kinds() -> None:
    names = Counter(
        found[1]
        for index, program in enumerate(filter(is_solvable, PROGRAMS))
        if (found := render_wrong_triton(program, chance(index)))
    )
    assert len(names) >= 9
    assert names.most_common(1)[0][1] < 0.4 * names.total()


@pytest.mark.parametrize(
    "steps",
    [
        (Step("relu", (0,)), Step("scale", (1,), (2.0,))),
        (Step("abs", (0,)), Step("l2_normalise", (1,))),
    ],
)
def test_a_mistake_without_effect_is_not_made(steps: tuple[Step, ...]) -> None:
    x = Source("tensor", "x")
    assert render_wrong_triton(Program((x, *steps), LAYOUT), chance(), "order") is None
    later = (steps[1], dataclasses.replace(steps[0], name="tanh"))
    others = tuple(dataclasses.replace(step, arguments=(n,)) for n, step in enumerate(later))
    assert render_wrong_triton(Program((x, *others), LAYOUT), chance(), "order") is not None


def test_operators_left_out_leave_a_sound_program() -> None:
    x, y = Source("tensor", "x"), Source("tensor", "y")
    program = Program((x, y, Step("tanh", (0,)), Step("add", (2, 1)), Step("abs", (3,))), LAYOUT)
    found = {str(each.structure) for each in mistakes._left_out(program, chance())}
    assert found == {
        "abs(add(tensor0,tensor1))",
        "abs(tanh(tensor0))",
        "add(tanh(tensor0),tensor1)",
    }


def test_functions_that_are_invented_do_not_exist() -> None:
    for name in mistakes._INVENTED:
        assert not hasattr(tl, name), name


def test_operators_are_confused_with_operators_of_the_same_form() -> None:
    operators = generator.program.OPERATORS
    for name, others in mistakes._CONFUSED.items():
        for other in others:
            assert operators[name].kind == operators[other].kind, (name, other)
            assert () in operators[other].constants, f"{other} needs constants"


@pytest.mark.parametrize("hack", list(HACKS))
def test_hacks_leave_the_work_to_pytorch(hack: str) -> None:
    for program in PROGRAMS[:20]:
        source = render_hack(program, hack)
        ast.parse(source)
        kernel, module = source.split("class ModelNew")
        assert kernel.count("tl.store(out_ptr + at, tl.load(x_ptr + at, mask=inside)") == 1
        for line in torch_source.Forward(program).body:
            assert line in module


def test_styles_change_names_and_sizes_only(tmp_path: Path) -> None:
    program, problem = generator.generate_program("train", 11), generator.generate("train", 11)
    fused, lazy = generator.render_fused_triton(program), generator.render_lazy_triton(program)
    assert fused is not None
    assert lazy is not None
    assert PLAIN.dress(fused) == fused
    assert PLAIN.dress(lazy) == lazy
    style = Style("row_kernel", "BLOCK_SIZE", 256, 8)
    assert "row_kernel[(count,)]" in style.dress(fused)
    assert "BLOCK_SIZE=triton.next_power_of_2(cols), num_warps=8)" in style.dress(fused)
    assert "triton.cdiv(count, 256),)](x, out, count, BLOCK_SIZE=256)" in style.dress(lazy)
    for source in (fused, lazy):
        assert "fused_kernel" not in style.dress(source)
        assert gold_generated.error(problem, style.dress(source), tmp_path) < 2e-5
    assert len({dataclasses.astuple(draw_style(chance(seed))) for seed in range(40)}) > 20


def test_programs_are_found_by_the_names_of_their_problems() -> None:
    assert generator.program_named("generated/train/3") == PROGRAMS[3]
    for name in (
        "suite/softmax/softmax",
        "generated/trian/3",
        "generated/train/x",
        "generated",
        "",
    ):
        assert generator.program_named(name) is None
    assert generator.program_named("generated/tiny-test/400") is None
    own = generator.Generator(generator.TINY, seed=5, part="train")
    find = generator.programs_of(own)
    assert find(own.problem(2).name) == own.program(2)
    assert find("generated/train/3") == PROGRAMS[3]
    assert find("generated/other/3") is None
