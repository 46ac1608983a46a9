"""Which loops a nest has, in which order, and along which dimension its vectors lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.lowering.form import Form, spread, uniform
from kerneldojo.triton_cpu.lowering.plan import Planner
from kerneldojo.triton_cpu.lowering.steps import Nest, is_inline
from kerneldojo.triton_cpu.ttir.ir import Op, Value

HEAVY = 25
"""The work from which a nest is worth wider vectors."""

AtLevel = Callable[[int], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Loop:
    """`for (i = 0; i < extent; i += step)` over the dimensions `dims`, flattened row-major."""

    dims: tuple[int, ...]
    extent: int
    step: int

    @property
    def trips(self) -> int:
        """How often it runs."""
        return self.extent // self.step


@dataclass(frozen=True, slots=True)
class Layout:
    """The loops from the outside in; the lanes lie in the loop whose step is `width`."""

    shape: tuple[int, ...]
    loops: tuple[Loop, ...]
    lanes: int
    """The number of the loop the lanes are cut from."""
    width: int
    axis: int | None = None
    """The number of the loop that reductions and scans run along."""
    reverse: bool = False

    @property
    def lanes_along_axis(self) -> bool:
        """Whether a reduction has to go across the lanes."""
        return self.axis == self.lanes

    def index(self, b: Builder, counters: list[Form], at: AtLevel) -> tuple[Form, ...]:
        """The form of each dimension's index, from the loops' counters."""
        forms: list[Form | None] = [None] * len(self.shape)
        for number, (loop, counter) in enumerate(zip(self.loops, counters, strict=True)):
            width = self.width if number == self.lanes else 1
            shift = 0
            for dim in reversed(loop.dims):
                with at(counter.level):
                    forms[dim] = _part(
                        b, counter, shift, self.shape[dim], width, len(loop.dims) > 1
                    )
                shift += self.shape[dim].bit_length() - 1
        return tuple(form if form is not None else uniform(b.const("i64", 0)) for form in forms)


def _part(b: Builder, counter: Form, shift: int, extent: int, width: int, shared: bool) -> Form:
    """Index `(counter + lane) >> shift & (extent - 1)`; the counter is a multiple of `width`."""
    pattern = tuple(lane >> shift & (extent - 1) for lane in range(width))
    if not shared:
        return spread(counter.base(), pattern, counter.level)
    if extent << shift <= width:
        return spread(b.const("i64", 0), pattern, counter.level)
    base = counter.base()
    if not isinstance(base.constant, int):
        base = b.op("and", b.op("lshr", base, b.const("i64", shift)), b.const("i64", extent - 1))
    return spread(base, pattern, counter.level)


def choose(nest: Nest, planner: Planner, full: int) -> Layout:
    """The layout of a nest with vectors of at most `full` lanes."""
    shape, rank = nest.shape, len(nest.shape)
    dims = list(range(rank))
    lane = _lane_dimension(nest, planner, full)
    if nest.axis is None and lane == rank - 1 and shape[lane] < full // 4 and rank > 1:
        return _flat(shape, full)
    width = min(full, shape[lane])
    outer = [dim for dim in dims if dim not in (lane, nest.axis)]
    order = [*outer, lane] if nest.axis in (None, lane) else [*outer, lane, nest.axis]
    loops = tuple(Loop((dim,), shape[dim], width if dim == lane else 1) for dim in order)
    axis = order.index(nest.axis) if nest.axis is not None else None
    return Layout(shape, loops, order.index(lane), width, axis, bool(nest.reverse))


def _flat(shape: tuple[int, ...], full: int) -> Layout:
    """Short trailing dimensions share the lanes; many leading ones share that loop too."""
    first = len(shape)
    extent = 1
    while first > 0 and (extent < full or first > 2):
        first -= 1
        extent *= shape[first]
    width = min(full, extent)
    loops = [Loop((dim,), shape[dim], 1) for dim in range(first)]
    loops.append(Loop(tuple(range(first, len(shape))), extent, width))
    return Layout(shape, tuple(loops), len(loops) - 1, width)


def _lane_dimension(nest: Nest, planner: Planner, full: int) -> int:
    """The dimension most memory accesses are consecutive along; the last one by default."""
    shape = nest.shape
    last = len(shape) - 1
    scores = [0.0] * len(shape)
    for pointer in _pointers(nest, planner):
        strides = planner.strides.of(pointer)
        if len(strides) == len(shape):
            for dim, stride in enumerate(strides):
                scores[dim] += 1.0 if stride == 1 else 0.0
    scores[last] += 0.5
    for dim, extent in enumerate(shape):
        if extent < 4 and max(shape) >= full and nest.axis is not None:
            scores[dim] -= 100
        elif extent < full // 4 and dim != last:
            scores[dim] -= 2
    return max(range(len(shape)), key=lambda dim: (scores[dim], dim))


def _pointers(nest: Nest, planner: Planner) -> Iterator[Value]:
    """The addresses a nest loads from and stores to."""
    for op in accesses(nest, planner):
        yield op.operands[0]


def accesses(nest: Nest, planner: Planner) -> Iterator[Op]:
    """The loads and stores a nest does."""
    for anchor in nest.anchors:
        if anchor.op is not None and anchor.op.name == "tt.store":
            yield anchor.op
    for op in computed(nest, planner):
        if op.name == "tt.load":
            yield op


def work(nest: Nest, planner: Planner) -> int:
    """What a nest computes at each index, in vector instructions."""
    return sum(planner.reload.own(op) for op in computed(nest, planner))


def computed(nest: Nest, planner: Planner) -> Iterator[Op]:
    """The operations a nest computes on the fly."""
    seen: set[Value] = set()
    pending: list[Value] = []
    for anchor in nest.anchors:
        if anchor.value is not None and anchor.value.op is not None:
            if anchor.value not in seen:
                yield anchor.value.op
            seen.add(anchor.value)
        pending += anchor.needs
    while pending:
        value = pending.pop()
        if value in seen or value in planner.kept or value.op is None or not is_inline(value.op):
            continue
        seen.add(value)
        yield value.op
        pending += value.op.operands
