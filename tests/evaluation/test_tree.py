"""Nested values as plain data and back."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.evaluation import tree

CPU = torch.device("cpu")
_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([torch.float32, torch.bfloat16, torch.device("cpu")])
)
_values = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=12,
)


def around(value: Any) -> Any:
    kept: list[torch.Tensor] = []

    def coder(tensor: torch.Tensor) -> tree.Node:
        kept.append(tensor)
        return {"k": "tensor", "index": len(kept) - 1}

    node = json.loads(json.dumps(tree.encode(value, coder)))
    return tree.decode(node, lambda spec: kept[spec["index"]], CPU)


@settings(max_examples=150, deadline=None)
@given(_values)
def test_round_trip(value: Any) -> None:
    assert repr(around(value)) == repr(value)


def test_tensors_keep_their_place() -> None:
    value = {"a": [torch.ones(2), 1], "b": (torch.zeros(1), {"c": torch.tensor(3)})}
    back = around(value)
    assert back["a"][0] is value["a"][0]  # type: ignore[index]
    assert isinstance(back["b"], tuple)
    assert back["b"][1]["c"].item() == 3


@pytest.mark.parametrize("name", list(tree.DTYPES))
def test_every_dtype_has_a_name(name: str) -> None:
    assert tree.dtype_name(tree.DTYPES[name]) == name


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", [1, [lambda: 1]], {"a": {None: 1}}, {(1, 2): 1}, 1j, torch.qint8],
)
def test_other_values_do_not_travel(value: Any) -> None:
    with pytest.raises(tree.Untransportable):
        tree.encode(value, lambda tensor: {})


def test_what_does_not_travel_is_told_with_what_does() -> None:
    told = r"complex at \[1\]\[0\], which cannot be passed on; tensors, numbers, texts, lists"
    with pytest.raises(tree.Untransportable, match=told):
        tree.encode([1, [1j]], lambda tensor: {})


def test_leaves_carry_paths_in_order() -> None:
    value = {"loss": 1.0, "more": [torch.ones(1), (2, 3)]}
    assert [path for path, _ in tree.leaves(value)] == [
        "output['loss']",
        "output['more'][0]",
        "output['more'][1][0]",
        "output['more'][1][1]",
    ]


@settings(max_examples=100, deadline=None)
@given(_values)
def test_descriptions_have_the_shape_of_their_values(value: Any) -> None:
    def plain(item: Any) -> Any:
        if isinstance(item, (torch.dtype, torch.device)):
            return 0
        if isinstance(item, dict):
            return {key: plain(inner) for key, inner in item.items()}
        if isinstance(item, (list, tuple)):
            return type(item)(plain(inner) for inner in item)
        return item

    value = plain(value)
    node = tree.encode(value, lambda tensor: {"k": "tensor"})
    assert tree.node_shape(node) == tree.shape_of(value)
    assert [path for path, _ in tree.node_leaves(node)] == [path for path, _ in tree.leaves(value)]


HOSTILE: list[Any] = [
    None,
    1,
    "text",
    [],
    {},
    {"k": 3},
    {"k": "list"},
    {"k": "list", "v": 5},
    {"k": "list", "v": {"0": 1}},
    {"k": "list", "v": [1]},
    {"k": "dict", "v": [["a"]]},
    {"k": "dict", "v": ["ab"]},
    {"k": "dict", "v": [["a", None]]},
    {"k": "device", "v": "cuda"},
    {"k": "x" * 1000},
    {"k": "list", "v": [{"k": "value", "v": 0}] * 100_001},
]


@pytest.mark.parametrize("node", HOSTILE, ids=range(len(HOSTILE)))
def test_malformed_descriptions_are_refused(node: Any) -> None:
    with pytest.raises(ValueError):
        tree.node_leaves(node)


def test_wide_and_deep_descriptions_are_bounded() -> None:
    wide = {"k": "list", "v": [{"k": "list", "v": [{"k": "value", "v": 0}] * 400}] * 400}
    with pytest.raises(ValueError):
        tree.node_leaves(wide)
    deep: Any = {"k": "value", "v": 0}
    for _ in range(5000):
        deep = {"k": "list", "v": [deep]}
    assert len(tree.node_leaves(deep)) == 1
