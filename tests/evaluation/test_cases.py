"""Secret inputs: seeds, distributions, and where a distribution does not apply."""

from __future__ import annotations

import pytest
import torch

from kerneldojo.errors import InvalidProblem
from kerneldojo.evaluation.referee.cases import (
    DISTRIBUTIONS,
    Case,
    _redistribute,
    derive_seed,
    make_case,
)
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.records import Tolerance, Workload
from tests.evaluation import samples

MASK = torch.tensor([True, False] * 50)
CONSTANT = torch.full((100,), 7.0)
BINARY = torch.tensor([0.0, 1.0] * 50)
INFINITE = torch.cat([torch.randn(99), torch.tensor([-torch.inf])])
INDICES = torch.arange(100)


def make(
    forward: str, inputs: str = "[torch.randn(64)]", distribution: str = "default", **more: object
) -> Case | None:
    setup = str(more.pop("setup", ""))
    problem = samples.problem(samples.model(forward, inputs, setup=setup), **more)
    reference = Reference(problem, Workload(name="base"), 7)
    return make_case(reference, distribution, 42, Tolerance(), "label")


def made(*args: str, **more: object) -> Case:
    case = make(*args, **more)  # type: ignore[arg-type]
    assert case is not None
    return case


def test_seeds_are_stable_and_differ_by_purpose() -> None:
    assert derive_seed("00" * 8, "base", "default", 0) == 1768901163382769206
    seeds = {
        derive_seed(master, workload, name, index)
        for master in ("a", "b")
        for workload in ("base", "small")
        for name in ("default", *DISTRIBUTIONS)
        for index in range(3)
    }
    assert len(seeds) == 2 * 2 * 5 * 3
    assert all(0 <= seed < 1 << 63 for seed in seeds)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_distributions_leave_masks_constants_and_indices_alone(distribution: str) -> None:
    inputs = [MASK, CONSTANT, BINARY, INFINITE, INDICES, 3, "text", torch.randn(100)]
    changed = _redistribute(inputs, distribution, 5)
    assert changed is not None
    for before, after in zip(inputs[:-1], changed[:-1], strict=True):
        assert before is after
    assert not torch.equal(inputs[-1], changed[-1])  # type: ignore[arg-type]
    assert changed[-1].dtype is torch.float32


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_without_free_values_a_distribution_does_not_apply(distribution: str) -> None:
    assert _redistribute([MASK, CONSTANT, INDICES, 1], distribution, 5) is None


def test_what_each_distribution_does() -> None:
    value = torch.randn(20_000, generator=torch.Generator().manual_seed(1))

    def changed(name: str) -> torch.Tensor:
        result = _redistribute([value], name, 9)
        assert result is not None and isinstance(result[0], torch.Tensor)
        return result[0]

    assert torch.equal(changed("scaled"), value * 8)
    assert torch.equal(changed("offset"), value + 64)
    assert 0.08 < float((changed("sparse") != 0).float().mean()) < 0.12
    ratio = (changed("extreme") / value).round(decimals=5)
    assert 0.005 < float((ratio == 100).float().mean()) < 0.015
    assert 0.005 < float((ratio < 0.5).float().mean()) < 0.015
    half = _redistribute([value.half()], "extreme", 9)
    assert half is not None and half[0].dtype is torch.float16


def test_tensors_in_lists_change_too() -> None:
    changed = _redistribute([[torch.ones(3), torch.randn(9)]], "offset", 1)
    assert changed is not None
    assert torch.equal(changed[0][0], torch.ones(3))
    assert float(changed[0][1].mean()) > 1


def test_a_case_is_the_same_for_the_same_seed() -> None:
    first, second = made("return args[0] * 2"), made("return args[0] * 2")
    assert torch.equal(first.inputs[0], second.inputs[0])
    assert first.leaves[0].bounds is not None and first.leaves[0].bounds.wide


def test_a_distribution_that_overflows_is_left_out() -> None:
    forward = "return torch.exp(args[0] * 2).half().float()"
    assert make(forward, "[torch.randn(64)]", "scaled") is None


def test_a_distribution_without_a_float64_witness_is_left_out() -> None:
    forward = "return args[0].contiguous().view(torch.int32)[:64].float()"
    assert make(forward) is not None
    assert make(forward, "[torch.randn(64)]", "offset") is None


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_an_ordinary_problem_takes_every_distribution(distribution: str) -> None:
    assert make("return args[0].tanh().sum(-1)", "[torch.randn(8, 64)]", distribution) is not None


@pytest.mark.parametrize(
    "error", ["AssertionError", "RuntimeError", "IndexError", "AttributeError", "KeyError"]
)
def test_a_reference_that_refuses_float64_is_its_own_oracle(error: str) -> None:
    setup = f"self.refuse = {error}"
    forward = (
        "if args[0].dtype is torch.float64: raise self.refuse('no')\n        return args[0] * 2"
    )
    case = made(forward, setup=setup)
    assert case.leaves[0].bounds is not None
    assert not case.leaves[0].bounds.wide


def test_what_the_reference_does_to_its_inputs_is_known() -> None:
    plain = made("return args[0] * 2")
    assert not plain.mutates_input and not plain.aliases_input
    assert made("return args[0].mul_(2)").mutates_input
    assert made("return args[0].mul_(2)").aliases_input
    assert made("return args[0].view(8, 8)").aliases_input
    assert not made("return args[0].clone()").aliases_input


def test_a_mutating_reference_is_given_its_inputs_as_drawn() -> None:
    case = made("return args[0].zero_() + 1")
    assert float(case.inputs[0].abs().sum()) > 0
    assert float(case.leaves[0].value.sum()) == 64


def test_an_elementwise_problem_has_no_reduction_in_its_bounds() -> None:
    elementwise = made("return args[0] * 2", "[torch.randn(10000)]").leaves[0].bounds
    summed = made("return args[0] - args[0].sum() * 0", "[torch.randn(10000)]").leaves[0].bounds
    assert elementwise is not None and summed is not None
    assert float(summed.allowed().mean()) > 5 * float(elementwise.allowed().mean())


def test_float64_s_structure_is_matched_by_path() -> None:
    case = made("return {'a': args[0] * 2, 'n': 3, 'm': args[0] > 0}")
    assert [leaf.path for leaf in case.leaves] == ["output['a']", "output['n']", "output['m']"]
    assert case.leaves[1].value == 3
    assert case.leaves[2].bounds is None


def test_gradients_are_part_of_the_answer() -> None:
    case = made(
        "return args[0] * self.w", setup="self.w = nn.Parameter(torch.ones(1))", backward=True
    )
    assert case.cotangents is not None and len(case.cotangents) == 1
    assert set(case.structure) == {"outputs", "gradients"}
    assert len(case.structure["gradients"]) == 2


def test_an_unused_parameter_has_no_gradient() -> None:
    case = made("return args[0] * 2", setup="self.w = nn.Parameter(torch.ones(1))", backward=True)
    assert case.leaves[-1].value is None


@pytest.mark.parametrize(
    ("forward", "inputs"),
    [
        ("raise ValueError('broken')", "[torch.randn(4)]"),
        ("return args[0] * 2", "[1 / 0]"),
        ("return args[0] * 2", "5"),
        ("return args[0] * 2", "[]"),
        ("return args[0] * 2", "[object()]"),
        ("return object()", "[torch.randn(4)]"),
        ("return {args[0]}", "[torch.randn(4)]"),
        ("raise SystemExit(3)", "[torch.randn(4)]"),
    ],
)
def test_a_broken_reference_is_the_problem_s_fault(forward: str, inputs: str) -> None:
    with pytest.raises(InvalidProblem):
        make(forward, inputs)


def test_a_reference_that_cannot_be_differentiated_is_the_problem_s_fault() -> None:
    with pytest.raises(InvalidProblem):
        make("return args[0] > 0", backward=True)
