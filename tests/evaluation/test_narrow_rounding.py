"""Errors that a narrower type's rounding explains are told apart from mere mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from kerneldojo.evaluation.referee.cases import make_case
from kerneldojo.evaluation.referee.compare import narrow_rounding
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.reference import Reference
from kerneldojo.records import Problem, Tolerance, Workload

SOURCE = """
import torch
from torch import nn
class Model(nn.Module):
    def forward(self, x):
        return torch.exp(x)
def get_inputs():
    return [torch.randn(64, 64)]
"""


def _explain(change: Callable[[torch.Tensor], torch.Tensor]) -> str | None:
    reference = Reference(Problem(name="exp", source=SOURCE), Workload(name="base"), seed=1)
    case = make_case(reference, "default", 2, Tolerance(), "base")
    assert case is not None
    [leaf] = case.leaves
    return narrow_rounding(case, [Output("output", change(leaf.value))])


@pytest.mark.parametrize(
    ("dtype", "name"), [(torch.float16, "TF32 or float16"), (torch.bfloat16, "bfloat16")]
)
def test_a_round_trip_through_a_narrow_type_is_named(dtype: torch.dtype, name: str) -> None:
    assert _explain(lambda value: value.to(dtype).float()) == name


def test_a_right_answer_needs_no_explanation() -> None:
    assert _explain(lambda value: value.clone()) is None


def test_a_few_wrong_elements_are_no_rounding() -> None:
    def spoil(value: torch.Tensor) -> torch.Tensor:
        value = value.clone()
        value[0, :4] *= 1.001
        return value

    assert _explain(spoil) is None


def test_large_errors_are_no_rounding() -> None:
    assert _explain(lambda value: value * 1.5) is None
