"""Scratch memory: tensor values that are kept, one after another in each thread's own block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Builder, Value
from kerneldojo.triton_cpu.llvm.types import byte_size, lanes, vector
from kerneldojo.triton_cpu.lowering.elements import memory, register, size
from kerneldojo.triton_cpu.lowering.form import Form, as_vector, spread, uniform

ALIGNMENT = 64
SLACK = 512
"""Bytes after the last buffer that wide reads may touch."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """A tensor in scratch memory, row-major, `element`s as in memory."""

    pointer: Value
    element: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """The memory it takes."""
        return math.prod(self.shape) * size(self.element)


def _rounded(bytes: int) -> int:
    return -(-bytes // ALIGNMENT) * ALIGNMENT


class Scratch:
    """Hands out space in the scratch block of a kernel."""

    def __init__(self) -> None:
        self._used = 0
        self._free: dict[int, list[int]] = {}

    def take(self, bytes: int) -> int:
        """The offset of room for `bytes`; what was given back last is the nearest in cache."""
        room = _rounded(bytes)
        if self._free.get(room):
            return self._free[room].pop()
        offset = self._used
        self._used += room
        return offset

    def give_back(self, offset: int, bytes: int) -> None:
        """Lets the room at `offset` be taken again by what is written from here on."""
        self._free.setdefault(_rounded(bytes), []).append(offset)

    @property
    def total(self) -> int:
        """Bytes one thread needs, with slack."""
        return self._used + SLACK if self._used else 0


def flat(b: Builder, index: Sequence[Form], shape: Sequence[int]) -> Form:
    """The row-major position of an index, as an i64 form."""
    total = uniform(b.const("i64", 0))
    step = 1
    for form, extent in zip(reversed(index), reversed(shape), strict=True):
        if extent > 1:
            total = add_scaled(b, total, form, step)
        step *= extent
    return total


def add_scaled(b: Builder, total: Form, form: Form, factor: int) -> Form:
    """`total + form * factor` on i64 forms, kept spread where possible."""
    level = max(total.level, form.level)
    if total.vector is None and form.vector is None:
        count = len(total.offsets or form.offsets or ())
        left = total.offsets or (0,) * count
        right = form.offsets or (0,) * count
        base = _sum(b, total.base(), _scaled(b, form.base(), factor))
        return spread(base, tuple(p + factor * q for p, q in zip(left, right, strict=True)), level)
    width = lanes((total.vector or form.vector or total.base()).type)
    scaled = b.op("mul", as_vector(b, form, width), b.const(vector("i64", width), factor))
    return Form(level, vector=b.op("add", as_vector(b, total, width), scaled))


def _scaled(b: Builder, value: Value, factor: int) -> Value:
    if isinstance(value.constant, int):
        return b.const("i64", value.constant * factor)
    return value if factor == 1 else b.op("mul nsw", value, b.const("i64", factor))


def _sum(b: Builder, x: Value, y: Value) -> Value:
    if x.constant == 0 and x.constant is not False:
        return y
    if y.constant == 0:
        return x
    if isinstance(x.constant, int) and isinstance(y.constant, int):
        return b.const("i64", x.constant + y.constant)
    return b.op("add nsw", x, y)


def read(b: Builder, buffer: Buffer, position: Form) -> Form:
    """The elements at a flat position."""
    kind = memory(buffer.element)
    if position.is_uniform:
        address = b.gep(kind, buffer.pointer, position.base(), inbounds=True)
        loaded = b.load(kind, address, byte_size(kind))
        return uniform(_from_memory(b, loaded, buffer.element), position.level)
    if position.offsets is not None:
        loaded = _read_window(b, buffer, position.base(), position.offsets)
    else:
        assert position.vector is not None
        loaded = gather(b, kind, b.gep(kind, buffer.pointer, position.vector), None, None)
    return Form(position.level, vector=_from_memory(b, loaded, buffer.element))


def _read_window(b: Builder, buffer: Buffer, base: Value, offsets: tuple[int, ...]) -> Value:
    """Lanes at constant distances: one wide load and a shuffle if they lie close together."""
    kind = memory(buffer.element)
    count, low = len(offsets), min(offsets)
    window = max(offsets) - low + 1
    if window > 2 * count:
        start = b.gep(kind, buffer.pointer, base, inbounds=True)
        return gather(b, kind, b.gep(kind, start, b.vector_const("i64", offsets)), None, None)
    first = base if low == 0 else b.op("add", base, b.const("i64", low))
    address = b.gep(kind, buffer.pointer, first, inbounds=True)
    wide = max(count, 1 << (window - 1).bit_length())
    loaded = b.load(vector(kind, wide), address, byte_size(kind))
    if offsets == tuple(range(low, low + count)) and wide == count:
        return loaded
    return b.shuffle(loaded, None, [offset - low for offset in offsets])


def write(b: Builder, buffer: Buffer, position: Form, value: Form, width: int) -> None:
    """Stores the elements of `value` at a flat position."""
    kind = memory(buffer.element)
    if position.is_uniform:
        scalar = value.scalar if value.is_uniform else b.extract(as_vector(b, value, width), 0)
        assert scalar is not None
        address = b.gep(kind, buffer.pointer, position.base(), inbounds=True)
        b.store(_to_memory(b, scalar, buffer.element), address, byte_size(kind))
        return
    stored = _to_memory(b, as_vector(b, value, width), buffer.element)
    if position.is_consecutive:
        address = b.gep(kind, buffer.pointer, position.base(), inbounds=True)
        b.store(stored, address, byte_size(kind))
        return
    addresses = b.gep(kind, buffer.pointer, as_vector(b, position, width))
    mask = b.const(vector("i1", width), True)
    align = b.const("i32", byte_size(kind))
    suffix = f"v{width}{_short(kind)}.v{width}p0"
    b.call("void", f"llvm.masked.scatter.{suffix}", stored, addresses, align, mask)


def gather(
    b: Builder, kind: str, addresses: Value, mask: Value | None, other: Value | None
) -> Value:
    """Loads each lane from its own address where `mask` is set."""
    width = lanes(addresses.type)
    type = vector(kind, width)
    mask = mask or b.const(vector("i1", width), True)
    other = other or b.poison(type)
    align = b.const("i32", byte_size(kind))
    name = f"llvm.masked.gather.v{width}{_short(kind)}.v{width}p0"
    return b.call(type, name, addresses, align, mask, other)


def _short(kind: str) -> str:
    return {"float": "f32", "double": "f64", "half": "f16", "ptr": "p0"}.get(kind, kind)


def _from_memory(b: Builder, value: Value, element: str) -> Value:
    return b.cast("trunc", value, "i1") if element == "i1" else value


def _to_memory(b: Builder, value: Value, element: str) -> Value:
    return (
        b.cast("zext", value, "i8")
        if element == "i1"
        else b.cast("bitcast", value, register(element))
    )
