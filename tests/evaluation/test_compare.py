"""Answers against expectations: form, first wrong element, statistics."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from kerneldojo.evaluation import tree
from kerneldojo.evaluation.referee import compare
from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.tolerance import bounds_for, is_exact
from kerneldojo.records import Status, Tolerance

RULE = Tolerance(rtol=0.0, atol=0.1)


def leaf(path: str, value: Any) -> Leaf:
    if isinstance(value, torch.Tensor) and not is_exact(value.dtype):
        return Leaf(path, value, bounds_for(value, value.double(), RULE, 1))
    return Leaf(path, value, None)


def case(expected: Any) -> Case:
    leaves = [leaf(path, value) for path, value in tree.leaves(expected)]
    return Case("base/default#0", "base", [], None, tree.shape_of(expected), leaves, False, False)


def outputs(value: Any) -> list[Output]:
    return [Output(path, item) for path, item in tree.leaves(value)]


def form(expected: Any, actual: Any) -> None:
    compare.require_form(case(expected), tree.shape_of(actual), outputs(actual))


ONE = torch.ones(2, 3)


@pytest.mark.parametrize("value", [ONE, (ONE, ONE), {"a": ONE, "b": [1]}, 2.0, [], None])
def test_the_same_form_passes(value: Any) -> None:
    form(value, value)


def test_a_list_may_stand_for_a_tuple() -> None:
    form((ONE, ONE), [ONE, ONE])


@pytest.mark.parametrize(
    ("expected", "actual", "status", "kind"),
    [
        (ONE, (ONE,), Status.WRONG_SHAPE, "WrongStructure"),
        ((ONE, ONE), ONE, Status.WRONG_SHAPE, "WrongStructure"),
        ((ONE, ONE), (ONE, ONE, ONE), Status.WRONG_SHAPE, "WrongStructure"),
        ({"a": ONE}, {"b": ONE}, Status.WRONG_SHAPE, "WrongStructure"),
        ({"a": ONE}, [ONE], Status.WRONG_SHAPE, "WrongStructure"),
        (ONE, [], Status.WRONG_SHAPE, "WrongStructure"),
        (ONE, 1.0, Status.WRONG_SHAPE, "WrongKind"),
        (ONE, None, Status.WRONG_SHAPE, "WrongKind"),
        (1.0, torch.tensor(1.0), Status.WRONG_SHAPE, "WrongKind"),
        (ONE, ONE.t(), Status.WRONG_SHAPE, "WrongShape"),
        (ONE, ONE[None], Status.WRONG_SHAPE, "WrongShape"),
        (ONE, torch.empty(0), Status.WRONG_SHAPE, "WrongShape"),
        (torch.tensor(1.0), torch.ones(1), Status.WRONG_SHAPE, "WrongShape"),
        (ONE, ONE.double(), Status.WRONG_DTYPE, "WrongDtype"),
        (ONE.long(), ONE.int(), Status.WRONG_DTYPE, "WrongDtype"),
        (ONE.bool(), ONE.to(torch.uint8), Status.WRONG_DTYPE, "WrongDtype"),
    ],
)
def test_another_form_is_told_apart(expected: Any, actual: Any, status: Status, kind: str) -> None:
    with pytest.raises(SolutionFault) as caught:
        form(expected, actual)
    assert caught.value.status is status
    assert caught.value.error is not None and caught.value.error.type == kind
    assert caught.value.error.message


def test_dict_order_does_not_matter() -> None:
    form({"a": ONE, "b": ONE}, {"a": ONE, "b": ONE})


def test_the_first_wrong_element_is_named() -> None:
    expected = torch.zeros(2, 3)
    actual = expected.clone()
    actual[1, 0], actual[1, 2] = 0.3, 7
    trial, mismatch = compare.judge(case({"y": expected}), outputs({"y": actual}))
    assert not trial.passed
    assert mismatch is not None
    assert mismatch.output == "output['y']"
    assert mismatch.index == (1, 0)
    assert (mismatch.expected, mismatch.actual) == (0.0, pytest.approx(0.3))
    assert mismatch.allowed == pytest.approx(0.1, rel=1e-3)
    assert (mismatch.wrong_elements, mismatch.total_elements) == (2, 6)
    assert trial.error_ratio == pytest.approx(70, rel=1e-3)
    assert trial.max_abs_error == 7
    assert trial.mean_abs_error == pytest.approx(7.3 / 6, rel=1e-6)


def test_a_right_answer_has_figures_too() -> None:
    trial, mismatch = compare.judge(case(torch.zeros(4)), outputs(torch.full((4,), 0.05)))
    assert mismatch is None
    assert trial.passed
    assert trial.error_ratio == pytest.approx(0.5, rel=1e-3)
    assert trial.max_abs_error == pytest.approx(0.05)


def test_a_failed_trial_is_always_above_one_and_a_passed_one_never() -> None:
    nan_trial, _ = compare.judge(case(torch.zeros(3)), outputs(torch.full((3,), math.nan)))
    assert not nan_trial.passed and nan_trial.error_ratio > 1
    edge, _ = compare.judge(case(torch.zeros(3)), outputs(torch.full((3,), 0.1)))
    assert edge.passed and edge.error_ratio <= 1


def test_the_first_of_several_outputs_is_named() -> None:
    trial, mismatch = compare.judge(
        case((torch.zeros(2), torch.zeros(2), 3)), outputs((torch.zeros(2), torch.ones(2), 4))
    )
    assert not trial.passed
    assert mismatch is not None and mismatch.output == "output[1]"


@pytest.mark.parametrize(
    "dtype",
    [
        torch.int64,
        torch.int8,
        torch.uint8,
        torch.uint16,
        torch.uint32,
        torch.uint64,
        torch.bool,
        torch.complex64,
    ],
    ids=str,
)
def test_exact_types_must_be_equal(dtype: torch.dtype) -> None:
    expected = torch.tensor([0, 1, 1]).to(dtype)
    wrong = torch.tensor([0, 1, 0]).to(dtype)
    assert compare.judge(case(expected), outputs(expected.clone()))[0].passed
    trial, mismatch = compare.judge(case(expected), outputs(wrong))
    assert not trial.passed and trial.error_ratio > 1
    assert mismatch is not None
    assert (mismatch.index, mismatch.expected, mismatch.actual) == ((2,), 1.0, 0.0)
    assert (mismatch.wrong_elements, mismatch.total_elements) == (1, 3)


@pytest.mark.parametrize(
    "dtype",
    [torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2, torch.float64],
    ids=str,
)
def test_every_floating_type_can_be_judged(dtype: torch.dtype) -> None:
    expected = torch.tensor([0.5, 1, 2]).to(dtype)
    wrong = torch.tensor([0.5, 1, 4]).to(dtype)
    assert compare.is_right(case(expected), outputs(expected.clone()))
    assert compare.judge(case(expected), outputs(expected.clone()))[0].passed
    trial, mismatch = compare.judge(case(expected), outputs(wrong))
    assert not trial.passed
    assert mismatch is not None and mismatch.index == (2,)


@pytest.mark.parametrize(
    ("expected", "actual", "right"),
    [
        (1.0, 1.0, True),
        (1.0, 1.000001, True),
        (1.0, 1, True),
        (1.0, 1.1, False),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (1.0, math.nan, False),
        (1.0, "1.0", False),
        (1.0, 10**400, False),
        (math.inf, 10**400, False),
        (math.nan, 10**400, False),
        (3, 3, True),
        (3, 3.0, False),
        (3, True, False),
        (1, True, False),
        (True, True, True),
        (3, 10**400, False),
        (10**400, 10**400, True),
        ("a", "a", True),
        ("a", "b", False),
        (None, None, True),
        (None, 0, False),
    ],
)
def test_plain_values(expected: Any, actual: Any, right: bool) -> None:
    trial, mismatch = compare.judge(case(expected), outputs(actual))
    assert compare.is_right(case(expected), outputs(actual)) is right
    assert trial.passed is right
    assert (mismatch is None) is right
    assert trial.model_validate_json(trial.model_dump_json()) == trial


def test_a_zero_dimensional_answer_has_an_empty_index() -> None:
    _, mismatch = compare.judge(case(torch.tensor(0.0)), outputs(torch.tensor(5.0)))
    assert mismatch is not None
    assert mismatch.index == ()
    assert mismatch.actual == 5.0


def test_an_empty_answer_is_right() -> None:
    trial, mismatch = compare.judge(case(torch.zeros(0, 3)), outputs(torch.zeros(0, 3)))
    assert trial.passed and mismatch is None


def test_nan_and_infinity_are_reported_and_survive_json() -> None:
    _, mismatch = compare.judge(
        case(torch.tensor([math.inf, 1.0])), outputs(torch.tensor([math.nan, 1.0]))
    )
    assert mismatch is not None
    assert mismatch.expected == math.inf and math.isnan(mismatch.actual)
    again = mismatch.model_validate_json(mismatch.model_dump_json())
    assert again.expected == math.inf and math.isnan(again.actual)


def test_a_large_answer_is_sampled_only_if_right() -> None:
    expected = torch.zeros(1 << 18)
    actual = expected.clone()
    actual[12_345] = 9.0
    trial, mismatch = compare.judge(case(expected), outputs(actual))
    assert mismatch is not None and mismatch.index == (12_345,)
    assert trial.max_abs_error == 9.0
