"""Transposes a matrix from one place in memory to another, block by block in registers.

A block is as many rows as fill a vector, by as many columns as fill 16 bytes. Its vectors are
put together from 16-byte pieces of those rows, so that whole columns are left after
interleavings that never cross a 16-byte lane: cheap shuffles everywhere, and none is spent on
moving lanes. Small matrices take narrower pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.llvm.types import lanes, vector
from kerneldojo.triton_cpu.lowering.addresses import (
    index,
    plus,
    stride_label,
    stride_parameters,
    times,
)

_LANE_BYTES = 16
_LINE_BYTES = 64


def emit_transpose(
    b: Builder,
    source: Value,
    target: Value,
    rows: int,
    columns: int,
    element_bytes: int,
    source_row_stride: Value,
    target_row_stride: Value,
    *,
    vector_bits: int = 256,
) -> None:
    """Writes source[i, j] to target[j, i] for all of source's rows and columns.

    The two do not overlap and need no more alignment than their elements do.

    Args:
        b: Where the call is written.
        source: The first element of a matrix of `rows` by `columns`, powers of two.
        target: The first element of its transpose.
        rows: Rows of the source, columns of the target.
        columns: Columns of the source, rows of the target.
        element_bytes: 1, 2, 4 or 8.
        source_row_stride: From one row of the source to the next, an i64 in elements.
        target_row_stride: The same of the target.
        vector_bits: The widest vectors worth using.
    """
    strides = [source_row_stride, target_row_stride]
    transpose = _Transpose(rows, columns, element_bytes, vector_bits)
    name = transpose.name(strides)
    if not b.module.has_helper(name):
        b.module.functions.append(transpose.function(b.module, name, strides))
    b.call("void", name, source, target, *strides)


@dataclass(frozen=True, slots=True)
class _Transpose:
    """One shape of transpose."""

    rows: int
    columns: int
    element_bytes: int
    vector_bits: int

    def name(self, strides: list[Value]) -> str:
        """Names all that the function's text depends on."""
        shape = f"{self.rows}x{self.columns}x{self.element_bytes}"
        return f"kd.transpose.{shape}.v{self.vector_bits}.s{stride_label(strides)}"

    def function(self, module: Module, name: str, strides: list[Value]) -> str:
        """The helper's text; the target is written in whole vectors."""
        parameters, known = stride_parameters(strides)
        f = Builder(
            module,
            f"define internal void @{name}(ptr noalias readonly %source, ptr noalias %target, "
            f"{parameters}) noinline nounwind",
        )
        source = _Matrix(Value("ptr", "%source"), self.element_bytes, known[0])
        target = _Matrix(Value("ptr", "%target"), self.element_bytes, known[1])
        width, tall, height = self._block_size()
        loop = partial(f.loop, index(f, 0), count_is_positive=True)
        with (
            loop(index(f, self.rows), index(f, height)) as row,
            loop(index(f, self.columns), index(f, width)) as column,
        ):
            for part in range(0, height, tall):
                down = plus(f, row, part)
                start, end = source.moved(f, down, column), target.moved(f, column, down)
                _block(f, start, end, tall, width)
        f.ret()
        return f.finish()

    def _block_size(self) -> tuple[int, int, int]:
        """Columns and rows of a block, and the rows after which the next columns are due.

        The last fill a cache line of the target, which may be gone when the loop comes back.
        """
        size = self.element_bytes
        width = min(self.rows, self.columns, _LANE_BYTES // size)
        if width == 1:
            return 1, 1, 1
        tall = min(self.rows, self.vector_bits // 8 // size)
        return width, tall, max(tall, min(self.rows, _LINE_BYTES // size))


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A place in a matrix by rows."""

    pointer: Value
    element_bytes: int
    row_stride: Value

    @property
    def scalar(self) -> str:
        return f"i{8 * self.element_bytes}"

    def moved(self, f: Builder, row: Value, column: Value) -> _Matrix:
        start = f.gep(self.scalar, self.pointer, times(f, row, self.row_stride), inbounds=True)
        place = f.gep(self.scalar, start, column, inbounds=True)
        return _Matrix(place, self.element_bytes, self.row_stride)

    def load(self, f: Builder, row: int, count: int) -> Value:
        return f.load(vector(self.scalar, count), self._row(f, row), self.element_bytes)

    def store(self, f: Builder, row: int, value: Value) -> None:
        f.store(value, self._row(f, row), self.element_bytes)

    def _row(self, f: Builder, row: int) -> Value:
        return self.moved(f, index(f, row), index(f, 0)).pointer


def _block(f: Builder, source: _Matrix, target: _Matrix, height: int, width: int) -> None:
    """One block: vector `i` starts as the pieces of rows i, i + width, i + 2 * width, ..."""
    vectors = []
    for first in range(width):
        pieces = [source.load(f, row, width) for row in range(first, height, width)]
        vectors.append(_joined(f, pieces))
    for column, value in enumerate(_interleaved(f, vectors)):
        target.store(f, column, value)


def _joined(f: Builder, pieces: list[Value]) -> Value:
    """The pieces, a power of two of them, one after the other."""
    while len(pieces) > 1:
        both = range(2 * lanes(pieces[0].type))
        pairs = zip(pieces[::2], pieces[1::2], strict=True)
        pieces = [f.shuffle(left, right, both) for left, right in pairs]
    return pieces[0]


def _interleaved(f: Builder, vectors: list[Value]) -> list[Value]:
    """Transposes the square that each lane of the vectors is, one lane for every piece.

    Interleaving the first half of the vectors with the second rotates the bits of an element's
    place by one; as many rounds as there are bits exchange rows and columns.
    """
    count, width = lanes(vectors[0].type), len(vectors)
    low, high = _zip_masks(count, width)
    for _ in range(width.bit_length() - 1):
        half = width // 2
        pairs = list(zip(vectors[:half], vectors[half:], strict=True))
        vectors = [f.shuffle(x, y, mask) for x, y in pairs for mask in (low, high)]
    return vectors


def _zip_masks(count: int, width: int) -> tuple[list[int], list[int]]:
    """Masks that interleave the lower and the upper halves of every lane of `width` elements."""
    masks: tuple[list[int], list[int]] = ([], [])
    for upper, mask in enumerate(masks):
        for lane in range(0, count, width):
            start = lane + upper * width // 2
            for element in range(start, start + width // 2):
                mask += [element, count + element]
    return masks
