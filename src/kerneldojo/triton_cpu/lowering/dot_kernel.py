"""The inner product of tiles: C[m, n] += A[m, k] * B[k, n], blocked for the register file.

A block of C stays in registers over the whole of k: each step loads one row of B in full
vectors and broadcasts one element of A for each row of the block. Every shape of dot becomes
one helper function of the module, with those strides that are constants built in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from kerneldojo.triton_cpu.host import Host
from kerneldojo.triton_cpu.llvm.builder import Builder, Phi, Value
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.llvm.types import byte_size, vector
from kerneldojo.triton_cpu.lowering.addresses import (
    index,
    plus,
    stride_label,
    stride_parameters,
    times,
)

_SCALARS = {"f32": "float", "f64": "double", "i8": "i8", "i16": "i16", "i32": "i32", "i64": "i64"}
_FLOATS = ("f32", "f64")
_UNROLL = 2
_PACK_BYTES = 128 * 1024  # of stack
_PACK_REUSE = 4  # a strip of B that fewer blocks of rows share is not worth its copy
_WAY_BYTES = 4096  # of a first-level cache: lines at this distance compete for one set
_WAYS = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """A matrix in memory, by rows unless `column_stride` says otherwise.

    Attributes:
        pointer: Its first element.
        row_stride: From one row to the next, an i64 in elements.
        dtype: The element type by its MLIR name.
        column_stride: From one column to the next, for A only; none is 1.
        align: The bytes to which `pointer` is aligned.
    """

    pointer: Value
    row_stride: Value
    dtype: str
    column_stride: Value | None = None
    align: int = 64


def emit_dot(
    b: Builder,
    a: Panel,
    rhs: Panel,
    c: Panel,
    m: int,
    n: int,
    k: int,
    *,
    accumulator: str,
    vector_bits: int,
) -> None:
    """Adds A[m, k] * B[k, n] to C[m, n], each element in the order of k.

    C overlaps neither A nor B, and its columns are adjacent, as are B's.

    Args:
        b: Where the call is written.
        a: The left operand, of any strides.
        rhs: The right operand.
        c: The result, of element type `accumulator`.
        m: Rows of A and C, a power of two like the other two.
        n: Columns of B and C.
        k: Columns of A and rows of B.
        accumulator: f32, f64, i32 or i64; narrower operands are widened to it exactly.
        vector_bits: The width of the host's vector registers.
    """
    _check(a, rhs, c, accumulator)
    tile = _tile(m, n, accumulator, vector_bits, _registers(b.module.host, vector_bits))
    kernel = _Kernel(m, n, k, tile, accumulator)
    unit = b.const("i64", 1)
    strides = [a.row_stride, a.column_stride or unit, rhs.row_stride, c.row_stride]
    name = kernel.name(a, rhs, c, strides, vector_bits)
    if not b.module.has_helper(name):
        b.module.functions.append(kernel.function(b.module, name, a, rhs, c, strides))
    b.call("void", name, a.pointer, rhs.pointer, c.pointer, *strides)


def _check(a: Panel, rhs: Panel, c: Panel, accumulator: str) -> None:
    if c.dtype != accumulator:
        raise ValueError(f"C holds {c.dtype}, not {accumulator}")
    for panel in (a, rhs):
        mixed = (panel.dtype in _FLOATS) != (accumulator in _FLOATS)
        if mixed or byte_size(_SCALARS[panel.dtype]) > byte_size(_SCALARS[accumulator]):
            raise ValueError(f"{panel.dtype} does not widen to {accumulator}")


@dataclass(frozen=True, slots=True)
class _Tile:
    """The block of C in registers: `rows` times `vectors` vectors of `lanes`."""

    rows: int
    vectors: int
    lanes: int

    @property
    def columns(self) -> int:
        return self.vectors * self.lanes


def _tile(m: int, n: int, accumulator: str, vector_bits: int, registers: int) -> _Tile:
    """As many accumulators as half the registers hold, with few loads a step.

    A vector of B counts as two elements of A: a narrow strip of B stays in the first cache.
    """
    lanes = min(n, vector_bits // 8 // byte_size(_SCALARS[accumulator]))
    budget = registers // 2
    sizes = [1 << power for power in range(budget.bit_length())]
    fitting = [
        (rows, vectors)
        for rows in sizes
        for vectors in sizes
        if rows * vectors <= budget and rows <= m and vectors <= n // lanes
    ]

    def merit(tile: tuple[int, int]) -> tuple[int, int, int]:
        rows, vectors = tile
        return rows * vectors, -(rows + 2 * vectors), rows

    return _Tile(*max(fitting, key=merit), lanes)


def _registers(host: Host, vector_bits: int) -> int:
    return 32 if vector_bits >= 512 else host.vector_registers


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A panel as the helper function sees it."""

    pointer: Value
    scalar: str
    row_stride: Value
    column_stride: Value
    align: int

    def element(self, f: Builder, row: Value, column: Value) -> Value:
        """The address of one element."""
        start = f.gep(self.scalar, self.pointer, times(f, row, self.row_stride), inbounds=True)
        return f.gep(self.scalar, start, times(f, column, self.column_stride), inbounds=True)

    def vector_align(self, count: int) -> int:
        """What every vector of `count` lanes at a multiple of `count` columns is aligned to."""
        size = byte_size(self.scalar)
        if self.row_stride.constant is None:
            return size
        return math.gcd(self.align, int(self.row_stride.constant) * size, count * size)


@dataclass(frozen=True, slots=True)
class _Kernel:
    """One shape of dot."""

    m: int
    n: int
    k: int
    tile: _Tile
    accumulator: str

    def name(self, a: Panel, rhs: Panel, c: Panel, strides: list[Value], vector_bits: int) -> str:
        """Names all that the function's text depends on."""
        dtypes = "_".join((a.dtype, rhs.dtype, c.dtype))
        shape = f"{self.m}x{self.n}x{self.k}"
        aligns = "_".join(str(panel.align) for panel in (rhs, c))
        return f"kd.dot.{dtypes}.{shape}.v{vector_bits}.a{aligns}.s{stride_label(strides)}"

    def function(
        self, module: Module, name: str, a: Panel, rhs: Panel, c: Panel, strides: list[Value]
    ) -> str:
        """The helper's text: blocks of columns outside, so that a strip of B stays in cache."""
        parameters, known = stride_parameters(strides)
        f = Builder(
            module,
            f"define internal void @{name}(ptr noalias readonly %a, ptr noalias readonly %b, "
            f"ptr noalias %c, {parameters}) noinline nounwind",
        )
        unit, zero = index(f, 1), index(f, 0)
        left = _Matrix(Value("ptr", "%a"), _SCALARS[a.dtype], known[0], known[1], a.align)
        right = _Matrix(Value("ptr", "%b"), _SCALARS[rhs.dtype], known[2], unit, rhs.align)
        result = _Matrix(Value("ptr", "%c"), _SCALARS[c.dtype], known[3], unit, c.align)
        packed = self._scratch(f) if self._packs(right) else None
        loop = partial(f.loop, zero, count_is_positive=True)
        with loop(index(f, self.n), index(f, self.tile.columns)) as column:
            strip = _Row(right, right.element(f, zero, column))
            if packed is not None:
                strip = self._pack(f, strip, packed)
            with loop(index(f, self.m), index(f, self.tile.rows)) as row:
                self._block(f, left, strip, result, row, column)
        f.ret()
        return f.finish()

    def _packs(self, right: _Matrix) -> bool:
        """Says whether strips of B are copied: widened, or out of each other's way in the cache."""
        size = byte_size(_SCALARS[self.accumulator])
        shared = self.m // self.tile.rows >= _PACK_REUSE
        if not shared or self.k * self.tile.columns * size > _PACK_BYTES:
            return False
        if right.scalar != _SCALARS[self.accumulator] or right.row_stride.constant is None:
            return True
        distance = int(right.row_stride.constant) * size
        return self.k > _WAY_BYTES // math.gcd(distance, _WAY_BYTES) * _WAYS

    def _scratch(self, f: Builder) -> _Matrix:
        """Room for one strip of B on the stack."""
        scalar, columns = _SCALARS[self.accumulator], self.tile.columns
        room = f.emit("ptr", f"alloca [{self.k * columns} x {scalar}], align 64")
        return _Matrix(room, scalar, index(f, columns), index(f, 1), 64)

    def _pack(self, f: Builder, strip: _Row, packed: _Matrix) -> _Row:
        """Copies a strip of B, widened to the accumulator's type."""
        copy = _Row(packed, packed.pointer)
        align = packed.vector_align(self.tile.lanes)
        one = index(f, 1)
        with f.loop(index(f, 0), index(f, self.k), one, count_is_positive=True) as step:
            for v, value in enumerate(self._columns(f, strip, step)):
                start = copy.down(f, step)
                place = f.gep(packed.scalar, start, index(f, v * self.tile.lanes), inbounds=True)
                f.store(value, place, align)
        return copy

    def _block(
        self,
        f: Builder,
        left: _Matrix,
        strip: _Row,
        result: _Matrix,
        row: Value,
        column: Value,
    ) -> None:
        """One block of C from load to store."""
        tile, align = self.tile, result.vector_align(self.tile.lanes)
        type = vector(result.scalar, tile.lanes)
        places = [
            result.element(f, plus(f, row, r), plus(f, column, v * tile.lanes))
            for r in range(tile.rows)
            for v in range(tile.vectors)
        ]
        sums = [f.load(type, place, align) for place in places]
        zero = index(f, 0)
        rows = [_Row(left, left.element(f, plus(f, row, r), zero)) for r in range(tile.rows)]
        for place, total in zip(places, self._reduce(f, rows, strip, sums), strict=True):
            f.store(total, place, align)

    def _reduce(self, f: Builder, left: list[_Row], right: _Row, sums: list[Value]) -> list[Value]:
        """`sums` after all of k."""
        if self.k <= _UNROLL:
            for step in range(self.k):
                sums = self._step(f, left, right, index(f, step), sums)
            return sums
        before = f.block
        unrolled = index(f, _UNROLL)
        with f.loop(index(f, 0), index(f, self.k), unrolled, count_is_positive=True) as start:
            phis: list[Phi] = [f.phi(total.type) for total in sums]
            totals = [phi.value for phi in phis]
            for step in range(_UNROLL):
                totals = self._step(f, left, right, plus(f, start, step), totals)
            for phi, first, total in zip(phis, sums, totals, strict=True):
                phi.add(first, before)
                phi.add(total, f.block)
        return totals

    def _step(
        self, f: Builder, left: list[_Row], right: _Row, step: Value, sums: list[Value]
    ) -> list[Value]:
        """One column of A times one row of B."""
        columns = self._columns(f, right, step)
        totals = []
        for row, walk in enumerate(left):
            scalar = walk.matrix.scalar
            one = f.load(scalar, walk.along(f, step), byte_size(scalar))
            factor = f.splat(_widen(f, one, _SCALARS[self.accumulator]), self.tile.lanes)
            for v, column in enumerate(columns):
                totals.append(_multiply_add(f, factor, column, sums[row * len(columns) + v]))
        return totals

    def _columns(self, f: Builder, strip: _Row, step: Value) -> list[Value]:
        """One row of a strip of B, widened."""
        lanes, scalar = self.tile.lanes, strip.matrix.scalar
        start, align = strip.down(f, step), strip.matrix.vector_align(lanes)
        columns = []
        for v in range(self.tile.vectors):
            place = f.gep(scalar, start, index(f, v * lanes), inbounds=True)
            narrow = f.load(vector(scalar, lanes), place, align)
            columns.append(_widen(f, narrow, _SCALARS[self.accumulator]))
        return columns


@dataclass(frozen=True, slots=True)
class _Row:
    """A place in a matrix from which the loop over k walks along a row or down a column."""

    matrix: _Matrix
    pointer: Value

    def along(self, f: Builder, step: Value) -> Value:
        offset = times(f, step, self.matrix.column_stride)
        return f.gep(self.matrix.scalar, self.pointer, offset, inbounds=True)

    def down(self, f: Builder, step: Value) -> Value:
        offset = times(f, step, self.matrix.row_stride)
        return f.gep(self.matrix.scalar, self.pointer, offset, inbounds=True)


def _multiply_add(f: Builder, left: Value, right: Value, total: Value) -> Value:
    """Fused where the host fuses; without such an instruction llvm.fma would be a library call."""
    if "x float>" in total.type or "x double>" in total.type:
        return f.intrinsic("fmuladd", left, right, total)
    return f.op("add", total, f.op("mul", left, right))


def _widen(f: Builder, value: Value, scalar: str) -> Value:
    return f.cast("fpext" if scalar in ("float", "double") else "sext", value, scalar)
