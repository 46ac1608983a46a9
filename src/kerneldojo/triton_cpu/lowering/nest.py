"""Writes the loops of a nest, and puts every instruction where it need not run more often.

A value knows the innermost loop it depends on and is computed in that loop's prologue, a block
that stays open while the inner loops are being written: nothing is left for LLVM to hoist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kerneldojo.triton_cpu.llvm.builder import Block, Builder, Value
from kerneldojo.triton_cpu.lowering.form import OUTSIDE, Form, uniform
from kerneldojo.triton_cpu.lowering.layout import Layout
from kerneldojo.triton_cpu.ttir.ir import Op


class NestWriter:
    """One nest under construction."""

    def __init__(self, b: Builder, layout: Layout) -> None:
        self.b = b
        self.layout = layout
        self.index: tuple[Form, ...] = ()
        self.slots: dict[Op, list[Value]] = {}
        """The accumulators of each reduction and scan, however many versions the body has."""
        self._prologues: list[Block | None] = [None]
        self._after: list[Callable[[], None]] = []

    @property
    def width(self) -> int:
        """Lanes of the nest's vectors."""
        return self.layout.width

    @property
    def innermost(self) -> int:
        """The level of the innermost loop that is open."""
        return len(self._prologues) - 1 + OUTSIDE

    def run(self, body: Callable[[], None]) -> None:
        """Writes the whole nest; `body` writes what happens at each index."""
        self._loop(0, [], body)

    def after_axis(self, action: Callable[[], None]) -> None:
        """Lets `action` write what follows the loop reductions run along."""
        self._after.append(action)

    @contextmanager
    def at(self, level: int) -> Iterator[None]:
        """Writes in the prologue of loop `level`, or here if that is the innermost."""
        number = level - OUTSIDE
        prologue = self._prologues[number]
        if prologue is None:
            yield
            return
        here = self.b.block
        self.b.move(prologue)
        yield
        self._prologues[number] = self.b.block
        self.b.move(here)

    def axis_level(self) -> int:
        """The level just outside the loop reductions run along."""
        axis = self.layout.axis
        assert axis is not None
        return OUTSIDE + sum(loop.trips > 1 for loop in self.layout.loops[:axis])

    def _loop(self, number: int, counters: list[Form], body: Callable[[], None]) -> None:
        b = self.b
        if number == len(self.layout.loops):
            self.index = self.layout.index(b, counters, self.at)
            body()
            return
        loop = self.layout.loops[number]
        if loop.trips == 1:
            self._loop(number + 1, [*counters, uniform(b.const("i64", 0))], body)
        else:
            place = len(self._prologues) - 1
            self._prologues[place] = b.block
            inside = b.open("nest")
            b.move(inside)
            bounds = (b.const("i64", n) for n in (0, loop.extent, loop.step))
            with b.loop(*bounds, count_is_positive=True) as counter:
                self._prologues.append(None)
                if self.layout.reverse and number == self.layout.axis:
                    counter = b.op("sub nsw", b.const("i64", loop.extent - loop.step), counter)
                form = Form(place, scalar=counter)
                self._loop(number + 1, [*counters, form], body)
                self._prologues.pop()
            outer = self._prologues[place]
            assert outer is not None
            with b.at(outer):
                b.branch(inside)
            self._prologues[place] = None
        if number == self.layout.axis:
            for action in self._after:
                action()
