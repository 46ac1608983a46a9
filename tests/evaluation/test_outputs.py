"""Descriptions of outputs are claims: read out of this very process, honest and hostile."""

from __future__ import annotations

import mmap
import os
from typing import Any

import pytest
import torch

from kerneldojo.evaluation.player.memory import describe_outputs
from kerneldojo.evaluation.referee import outputs
from kerneldojo.evaluation.referee.fault import SolutionFault
from kerneldojo.records import FindingKind, Status

ME = os.getpid()


def read(node: Any, largest: int = 1 << 12) -> list[outputs.Output]:
    return outputs.read(ME, node, largest)[1]


def tensor(**changes: Any) -> dict[str, Any]:
    return describe_outputs(KEPT) | changes


KEPT = torch.arange(12, dtype=torch.float32).reshape(3, 4)


@pytest.mark.parametrize(
    "value",
    [
        KEPT,
        KEPT.t(),
        KEPT[:, 1:3],
        KEPT[::2],
        KEPT[1, 2],
        torch.tensor(5),
        torch.ones(2, 3, dtype=torch.bool),
        torch.ones(3, dtype=torch.bfloat16),
        torch.zeros(0, 3),
        torch.ones(2, 1, dtype=torch.complex64),
        torch.arange(6, dtype=torch.float32).as_strided((2, 3), (1, 2)),
    ],
    ids=range(11),
)
def test_honest_tensors_are_read_as_they_are(value: torch.Tensor) -> None:
    (output,) = read(describe_outputs(value))
    assert isinstance(output.value, torch.Tensor)
    assert torch.equal(output.value, value)
    assert output.value.dtype is value.dtype
    assert output.value.is_contiguous()
    assert not output.overlapping


def test_nested_outputs_keep_structure_and_paths() -> None:
    structure, found = outputs.read(
        ME, describe_outputs({"a": (KEPT, 2), "b": [1.5, True, None, "s"]}), 1 << 12
    )
    assert structure == {"a": [None, None], "b": [None] * 4}
    assert [output.path for output in found][:2] == ["output['a'][0]", "output['a'][1]"]
    assert [output.value for output in found[1:]] == [2, 1.5, True, None, "s"]


def test_what_is_read_is_a_copy() -> None:
    value = torch.ones(4)
    (output,) = read(describe_outputs(value))
    value.zero_()
    assert isinstance(output.value, torch.Tensor) and output.value.sum() == 4


@pytest.mark.parametrize(
    ("value", "overlapping"),
    [
        (torch.ones(1).expand(4), True),
        (torch.ones(5).as_strided((3, 3), (1, 1)), True),
        (torch.ones(1).expand(1, 1), False),
        (torch.ones(6).as_strided((2, 3), (3, 1)), False),
        (torch.ones(4, 1).as_strided((4, 1), (1, 0)), False),
        (torch.ones(10).as_strided((3, 2), (4, 1)), False),
    ],
)
def test_overlapping_elements_are_noticed(value: torch.Tensor, overlapping: bool) -> None:
    assert read(describe_outputs(value))[0].overlapping is overlapping


HOSTILE: list[dict[str, Any]] = [
    {"shape": [-1, 4]},
    {"shape": [3.0, 4]},
    {"shape": [True, 4]},
    {"shape": ["3", 4]},
    {"shape": 12},
    {"shape": None},
    {"shape": [3, 4, 1]},
    {"shape": [1] * 40, "stride": [1] * 40},
    {"shape": [3, 1 << 70]},
    {"shape": [0, 1 << 61, 1 << 61], "stride": [1, 1, 1]},
    {"stride": [-4, 1]},
    {"stride": [4, 1 << 62]},
    {"stride": [4.0, 1]},
    {"address": -1},
    {"address": 0},
    {"address": 1},
    {"address": 1 << 61},
    {"address": 1 << 80},
    {"address": 0.5},
    {"address": "0"},
    {"dtype": "float128"},
    {"dtype": ["float32"]},
    {"dtype": None},
]


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: str(change)[:40])
def test_impossible_descriptions_are_forged_messages(change: dict[str, Any]) -> None:
    with pytest.raises(SolutionFault) as caught:
        read(tensor(**change))
    assert caught.value.status is Status.HACKED
    assert caught.value.finding is not None
    assert caught.value.finding.kind is FindingKind.FORGED_MESSAGE
    assert len(caught.value.finding.evidence) < 1000


@pytest.mark.parametrize(
    "node",
    [
        None,
        7,
        {"k": "tensor"},
        {"k": "float", "v": "zero"},
        {"k": "float", "v": None},
        {"k": "float", "v": 10**400},
        {"k": "value", "v": [1]},
        {"k": "value", "v": 1.5},
        {"k": "dict", "v": [[{"a": 1}, {"k": "value", "v": 0}]]},
        {"k": "dict", "v": [["x" * 100_000, None]]},
        {"k": "dtype", "v": "float32"},
    ],
    ids=range(11),
)
def test_malformed_nodes_are_forged_messages(node: Any) -> None:
    with pytest.raises(SolutionFault) as caught:
        read(node)
    assert caught.value.finding is not None
    assert caught.value.finding.kind is FindingKind.FORGED_MESSAGE
    assert len(caught.value.finding.evidence) < 1000


def test_endless_nesting_is_refused_without_a_crash() -> None:
    deep: Any = {"k": "value", "v": 0}
    for _ in range(50_000):
        deep = {"k": "list", "v": [deep]}
    with pytest.raises(SolutionFault):
        read(deep)


def test_memory_that_ends_too_early_is_refused() -> None:
    with mmap.mmap(-1, mmap.PAGESIZE) as page:
        address = torch.frombuffer(page, dtype=torch.uint8).data_ptr()
    # the page is gone now; reading there must fail, not crash
    with pytest.raises(SolutionFault, match="cannot be read"):
        read(tensor(address=address, shape=[1 << 16, 1], stride=[1, 1]), 1 << 30)


def test_another_process_that_is_gone_is_refused() -> None:
    with pytest.raises(SolutionFault, match="cannot be read"):
        outputs.read((1 << 22) + 1, describe_outputs(KEPT), 1 << 12)


def test_far_too_many_elements_are_a_wrong_shape_and_not_a_trick() -> None:
    large = torch.zeros(1 << 25, dtype=torch.float32)
    with pytest.raises(SolutionFault) as caught:
        read(describe_outputs(large), 4)
    assert caught.value.status is Status.WRONG_SHAPE
    assert "33554432" in str(caught.value)


def test_a_span_beyond_all_memory_is_not_read() -> None:
    with pytest.raises(SolutionFault) as caught:
        read(tensor(stride=[4, 1 << 61]))
    assert caught.value.status is Status.WRONG_SHAPE


def test_many_outputs_together_are_bounded() -> None:
    kept = torch.zeros(1 << 22)
    node = describe_outputs(kept)
    with pytest.raises(SolutionFault) as caught:
        read({"k": "list", "v": [node] * 1000}, 1 << 22)
    assert caught.value.status is Status.WRONG_SHAPE


def test_a_column_of_a_padded_buffer_is_honest() -> None:
    column = torch.arange(4096 * 16, dtype=torch.float32).reshape(4096, 16)[:, 3]
    (output,) = read(describe_outputs(column), 4096 * 4)
    assert torch.equal(output.value, column)  # type: ignore[arg-type]


def test_a_wider_type_is_read_to_be_told_apart() -> None:
    wide = torch.zeros(1 << 20, dtype=torch.complex128)
    (output,) = read(describe_outputs(wide), 1 << 20)
    assert isinstance(output.value, torch.Tensor) and output.value.dtype is torch.complex128


def test_items_of_a_dict_may_come_in_any_order() -> None:
    found = read(describe_outputs({"b": 2, "a": 1}))
    paths = ["output['a']", "output['b']"]
    assert [output.value for output in outputs.in_order(found, paths)] == [1, 2]


@pytest.mark.parametrize("value", [{"a": 1}, {"a": 1, "c": 2}, [1, 2], {"a": 1, "b": {"c": 1}}])
def test_other_outputs_stay_as_they_are(value: Any) -> None:
    found = read(describe_outputs(value))
    assert outputs.in_order(found, ["output['a']", "output['b']"]) == found


def test_an_item_given_twice_stays_twice() -> None:
    item = ["a", {"k": "value", "v": 1}]
    found = read({"k": "dict", "v": [item, item]})
    assert len(outputs.in_order(found, ["output['a']"])) == 2
