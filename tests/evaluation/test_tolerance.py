"""The formulas of docs/measurement.md, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from kerneldojo.evaluation.referee import tolerance
from kerneldojo.evaluation.referee.tolerance import bounds_for, bounds_like, floor
from kerneldojo.records import Tolerance

CALIBRATED = Tolerance()
EPS32 = 2.0**-23
INF, NAN = math.inf, math.nan


def f32(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32)


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_floors() -> None:
    assert floor(torch.float32, 1) == 9 * EPS32
    assert floor(torch.float32, 100) == 18 * EPS32
    assert floor(torch.float64, 1) == 9 * 2.0**-52
    assert floor(torch.float16, 10**6) == 2.0**-11
    assert floor(torch.bfloat16, 1) == 2.0**-8
    assert floor(torch.float32, 0) == floor(torch.float32, 1)


def test_allowed_error_where_pytorch_is_exact() -> None:
    # s = sqrt((9 + 16) / 2); allowed = 4 * 9 eps * (|y| + s)
    bounds = bounds_for(f32(3, -4), f64(3, -4), CALIBRATED, 1)
    scale = math.sqrt(12.5)
    expected = [36 * EPS32 * (3 + scale), 36 * EPS32 * (4 + scale)]
    assert bounds.allowed().tolist() == pytest.approx(expected, rel=0.05)
    assert bounds.own_error == 0.0
    assert bounds.wide


def test_pytorch_s_own_error_widens_the_bounds() -> None:
    # e = 0.003 / (1 + 1); allowed = 4 * 0.0015 * 2
    bounds = bounds_for(f32(1.003, 1.0), f64(1, 1), CALIBRATED, 1)
    assert bounds.own_error == pytest.approx(0.0015, rel=1e-4)
    assert bounds.allowed().tolist() == pytest.approx([0.012, 0.012], rel=1e-3)
    assert bounds.expected.tolist() == [1, 1]


def test_the_multiple_scales_the_bounds() -> None:
    narrow = bounds_for(f32(1.003, 1), f64(1, 1), Tolerance(multiple=1), 1)
    assert narrow.allowed().tolist() == pytest.approx([0.003, 0.003], rel=1e-3)
    assert not narrow.admits(f32(1.0035, 1))
    assert narrow.admits(f32(1.0025, 1))


def test_a_long_reduction_widens_the_floor() -> None:
    short = bounds_for(f32(1, 1), f64(1, 1), CALIBRATED, 1).allowed()
    long = bounds_for(f32(1, 1), f64(1, 1), CALIBRATED, 10_000).allowed()
    assert (long / short).tolist() == pytest.approx([108 / 9] * 2, rel=0.1)


def test_half_of_many_numbers_is_not_all_of_them() -> None:
    numbers = torch.randn(1 << 22, generator=torch.Generator().manual_seed(5)).square()
    whole = numbers.double().mean().reshape(1)
    bounds = bounds_for(whole.float(), whole, CALIBRATED, numbers.numel())
    assert not bounds.admits(numbers[: 1 << 21].mean().reshape(1))
    in_parts = numbers.view(4096, -1).sum(1).cumsum(0)[-1:] / numbers.numel()
    assert bounds.admits(in_parts), "honest partial sums, added up one after another"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_16_bit_types_may_round_the_output(dtype: torch.dtype) -> None:
    eps = torch.finfo(dtype).eps
    bounds = bounds_for(torch.ones(4, dtype=dtype), f64(1, 1, 1, 1), CALIBRATED, 1 << 20)
    assert bounds.allowed().tolist() == pytest.approx([4 * eps / 2 * 2] * 4, rel=1e-3)
    one = torch.ones(4, dtype=dtype)
    assert bounds.admits(one + 4 * eps)
    assert not bounds.admits(one + 5 * eps)


def test_bounds_are_rounded_outward() -> None:
    third = f64(1 / 3)
    bounds = bounds_for(third.float(), third, Tolerance(rtol=0.0, atol=0.0), 1)
    assert bounds.low.double() <= third <= bounds.high.double()
    assert bounds.admits(third.float())
    assert not bounds.admits(torch.nextafter(bounds.high, f32(INF)))


def test_kernelbench_s_tolerance() -> None:
    bounds = bounds_for(f32(0, 100), f64(0, 100), Tolerance(policy="kernelbench"), 1)
    assert bounds.allowed().tolist() == pytest.approx([0.01, 1.01], rel=1e-5)
    assert bounds.admits(f32(0.0099, 101.0))
    assert not bounds.admits(f32(0.0101, 100.0))


@pytest.mark.parametrize("policy", ["calibrated", "kernelbench"])
def test_overrides(policy: str) -> None:
    rule = Tolerance.model_validate({"policy": policy, "rtol": 0.0, "atol": 0.5})
    bounds = bounds_for(f32(1, 100), f64(1, 100), rule, 1)
    assert bounds.allowed().tolist() == pytest.approx([0.5, 0.5], rel=1e-4)


def test_an_absolute_tolerance_adds_to_the_calibrated_one() -> None:
    with_atol = bounds_for(f32(1, 1), f64(1, 1), Tolerance(atol=0.25), 1).allowed()
    assert with_atol.tolist() == pytest.approx([0.25, 0.25], rel=1e-3)


def test_nan_of_the_reference_must_be_matched_and_no_other() -> None:
    bounds = bounds_for(f32(NAN, 1), f64(NAN, 1), CALIBRATED, 1)
    assert bounds.admits(f32(NAN, 1))
    assert not bounds.admits(f32(0, 1))
    assert not bounds.admits(f32(NAN, NAN))
    assert bounds.wrong(f32(0, NAN)).tolist() == [True, True]
    clean = bounds_for(f32(1, 1), f64(1, 1), CALIBRATED, 1)
    assert not clean.admits(f32(1, NAN))


def test_infinities_must_be_matched_with_their_sign() -> None:
    bounds = bounds_for(f32(INF, -INF, 1), f64(INF, -INF, 1), CALIBRATED, 1)
    assert bounds.admits(f32(INF, -INF, 1))
    assert not bounds.admits(f32(-INF, -INF, 1))
    assert not bounds.admits(f32(3e38, -INF, 1))
    assert not bounds.admits(f32(INF, -INF, INF))
    assert not bounds.admits(f32(NAN, -INF, 1))


def test_where_pytorch_overflows_its_own_answer_is_the_law() -> None:
    bounds = bounds_for(f32(INF, 1), f64(1e39, 1), CALIBRATED, 1)
    assert bounds.admits(f32(INF, 1))
    assert not bounds.admits(f32(3e38, 1))


def test_without_float64_pytorch_s_answer_is_the_oracle() -> None:
    bounds = bounds_for(f32(1.25, 2), None, CALIBRATED, 1)
    assert not bounds.wide
    assert bounds.own_error == 0.0
    assert bounds.expected.tolist() == [1.25, 2]


def test_a_float64_answer_that_is_another_one_is_dropped() -> None:
    bounds = bounds_for(f32(1, 2), f64(2, 1), CALIBRATED, 1)
    assert not bounds.wide
    assert bounds.admits(f32(1, 2))
    assert not bounds.admits(f32(2, 1))


def test_bounds_around_other_answers_allow_for_the_error_of_their_centre() -> None:
    model = bounds_for(f32(1.003, 1), f64(1, 1), CALIBRATED, 1)
    bounds = bounds_like(f32(2, 2), model, CALIBRATED, 1)
    # (4 + 1) * 0.0015 * (2 + 2)
    assert bounds.allowed().tolist() == pytest.approx([0.03, 0.03], rel=1e-3)
    assert bounds.admits(f32(2.029, 1.971))
    assert not bounds.admits(f32(2.031, 2))


def test_bounds_around_answers_that_are_not_finite() -> None:
    model = bounds_for(f32(1, 1), f64(1, 1), CALIBRATED, 1)
    bounds = bounds_like(f32(NAN, INF), model, CALIBRATED, 1)
    assert bounds.admits(f32(NAN, INF))
    assert not bounds.admits(f32(0, INF))
    assert not bounds.admits(f32(NAN, 0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_bounds_like_admit_what_bounds_for_admit(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(3)
    wide = torch.randn(500, generator=generator, dtype=torch.float64)
    answer = wide.to(dtype)
    model = bounds_for(answer, wide, CALIBRATED, 16)
    like = bounds_like(answer, model, CALIBRATED, 16)
    assert like.admits(answer) and model.admits(answer)
    assert not like.admits(answer + 0.5)


@pytest.mark.parametrize(("size", "dtype"), [(1e20, torch.float32), (1e200, torch.float64)])
def test_huge_values_do_not_make_everything_right(size: float, dtype: torch.dtype) -> None:
    answer = torch.tensor([size, 1.0], dtype=dtype)
    bounds = bounds_for(answer, answer.double(), CALIBRATED, 1)
    wrong = torch.tensor([size * 2, 1.0], dtype=dtype)
    assert bounds.admits(answer) and not bounds.admits(wrong)
    like = bounds_like(answer, bounds, CALIBRATED, 1)
    assert like.admits(answer) and not like.admits(wrong)


def test_empty_and_scalar_answers() -> None:
    nothing = torch.empty(0, 3)
    assert bounds_for(nothing, nothing.double(), CALIBRATED, 1).admits(nothing)
    assert bounds_like(nothing, bounds_for(nothing, None, CALIBRATED, 1), CALIBRATED, 1).admits(
        nothing
    )
    one = torch.tensor(2.0)
    bounds = bounds_for(one, one.double(), CALIBRATED, 1)
    assert bounds.admits(one) and not bounds.admits(torch.tensor(2.1))


def test_zero_is_measured_by_the_whole_answer() -> None:
    bounds = bounds_for(f32(0, 1, -1), f64(0, 1, -1), CALIBRATED, 1)
    assert bounds.admits(f32(1e-6, 1, -1))
    zeros = bounds_for(f32(0, 0), f64(0, 0), CALIBRATED, 1)
    assert zeros.admits(f32(0, -0.0))
    assert not zeros.admits(f32(1e-30, 0))


@pytest.mark.parametrize(
    ("dtype", "exact"),
    [(torch.float32, False), (torch.float16, False), (torch.int64, True), (torch.bool, True)],
)
def test_only_floating_answers_have_a_tolerance(dtype: torch.dtype, exact: bool) -> None:
    assert tolerance.is_exact(dtype) is exact
