"""How much work a reference is, estimated from its text: for scaling, not for any verdict."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from kerneldojo.problems.static_shapes import Shape, init_values, input_shapes, top_level

_MATMUL = re.compile(r"\b(matmul|bmm|mm|einsum|scaled_dot_product_attention)\b|@")
_TRANSPOSED = "ConvTranspose"
_CONVOLUTION = re.compile(r"\bConv\w*d\b|\bconv_?\w*\dd\b")
_LAYERS = re.compile(r"\b(Linear|Bilinear|RNN|LSTM|GRU|MultiheadAttention|linear)\b")
_SMALLEST_FEATURE = 16


@dataclass(frozen=True)
class Work:
    """Upper bounds, in elements and multiply-adds."""

    tensor: int
    """Elements of the largest input or output."""
    weights: int
    """Elements of the largest parameter."""
    operations: int

    def within(self, other: Work) -> bool:
        """Say whether none of it exceeds another's."""
        return all(own <= theirs for own, theirs in zip(self._all(), other._all(), strict=True))

    def relieves(self, before: Work, aim: Work) -> bool:
        """Say whether it is less than before in something that exceeds the aim."""
        return any(
            own < earlier and earlier > most
            for own, earlier, most in zip(self._all(), before._all(), aim._all(), strict=True)
        )

    def _all(self) -> tuple[int, int, int]:
        return self.tensor, self.weights, self.operations


def estimate(tree: ast.Module, overrides: Mapping[str, Any]) -> Work | None:
    """Return the work of a reference with some constants at other values.

    None if the shapes of its inputs cannot be told.
    """
    known = top_level(tree, overrides)
    shapes = [shape for shape in input_shapes(tree, known) if shape]
    if not shapes:
        return None
    code = _classes(tree)
    largest = max(shapes, key=math.prod)
    elements = math.prod(largest)
    convolves = bool(_CONVOLUTION.search(code))
    multiplies = bool(_MATMUL.search(code))
    weighted = convolves or multiplies or bool(_LAYERS.search(code))
    kernel = _kernel(known, len(largest) - 2) if convolves else 1
    channels = _channels(largest, convolves)
    features = _features(init_values(tree, known)) if weighted else []
    widest = max(features, default=channels)
    grown = max(1, widest // max(channels, 1))
    stride = _stride(known, len(largest) - 2) if _TRANSPOSED in code else 1
    tensor = elements * grown * stride
    operations = elements * widest * kernel if features else elements
    weights = _weights(features, channels, kernel)
    if multiplies:
        for output, summed in _products(shapes):
            tensor, operations = max(tensor, output), max(operations, output * summed)
    return Work(tensor, weights, operations)


@lru_cache(maxsize=4)
def _classes(tree: ast.Module) -> str:
    """Return the text of a file's classes, without comments."""
    return " ".join(ast.unparse(node) for node in tree.body if isinstance(node, ast.ClassDef))


def _channels(shape: Shape, convolution: bool) -> int:
    """Return the size of the axis that weights run over."""
    return shape[1] if convolution and len(shape) > 2 else shape[-1]


def _features(values: list[Any]) -> list[int]:
    """Return the sizes among the initial inputs, sequences by their elements, in order."""
    flat = [
        item
        for value in values
        for item in (value if isinstance(value, (tuple, list)) else [value])
    ]
    return [item for item in flat if type(item) is int and item >= _SMALLEST_FEATURE]


def _weights(features: list[int], channels: int, kernel: int) -> int:
    """Return the largest product of two sizes that follow one another, times the kernel."""
    pairs = [left * right for left, right in pairwise(features)]
    single = [channels * feature for feature in features]
    return max([*pairs, *single], default=0) * kernel


def _kernel(known: dict[str, Any], axes: int) -> int:
    """Return the elements of a convolution's kernel for one pair of channels."""
    best = 1
    for name, value in known.items():
        words = name.lower().split("_")
        if "kernel" not in words or "pool" in words or "maxpool" in words:
            continue
        best = max(best, _over_axes(value, axes))
    return best


def _stride(known: dict[str, Any], axes: int) -> int:
    """Return by how much a transposed convolution multiplies its input's size."""
    return max(1, _over_axes(known.get("stride", 1), axes))


def _over_axes(value: Any, axes: int) -> int:
    if isinstance(value, (tuple, list)) and all(type(item) is int for item in value):
        return math.prod(value)
    return int(value) ** max(axes, 1) if type(value) is int and value > 0 else 1


def _products(shapes: list[Shape]) -> list[tuple[int, int]]:
    """Return the output elements and the summed axis of every matrix product that would fit."""
    found = []
    matrices = [shape for shape in shapes if len(shape) >= 2]
    for number, left in enumerate(matrices):
        for right in matrices[number + 1 :]:
            batch = max(math.prod(left[:-2]), math.prod(right[:-2]))
            for summed in (0, 1):
                for other in (0, 1):
                    if left[-2:][summed] == right[-2:][other]:
                        output = batch * left[-2:][1 - summed] * right[-2:][1 - other]
                        found.append((output, left[-2:][summed]))
    return found
