"""Random Triton kernels: a Hypothesis strategy for whole programs.

A `Writer` holds the program so far. Every statement picks its operands among the variables in
scope, so that programs are correct by construction, and everything is stored in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager

import numpy as np
from hypothesis import strategies as st

from tests.triton_cpu.kernel_control import CONTROL
from tests.triton_cpu.kernel_memory import MEMORY, load, store
from tests.triton_cpu.kernel_operations import ELEMENTWISE, LIMIT, SHAPES
from tests.triton_cpu.kernel_program import (
    DTYPES,
    I32,
    Array,
    Dtype,
    Kernel,
    Let,
    Var,
)
from tests.triton_cpu.kernel_reductions import REDUCTIONS, WHOLE

EXTENTS = [4, 64, 1, 2, 8, 16, 32, 128, 256, 512]
GRIDS = [(1,), (3,), (2, 2), (8,), (1, 2, 3), (33,)]
STATEMENTS = [
    *ELEMENTWISE, *ELEMENTWISE, *SHAPES, *SHAPES, *REDUCTIONS, *REDUCTIONS, *WHOLE, *WHOLE,
    *MEMORY, *MEMORY, *CONTROL, *CONTROL, *CONTROL,
]  # fmt: skip
DEEPEST = 2


def _blocks(rows, columns, depth) -> list[tuple[int, ...]]:
    """The shapes of a kernel's tensors, related so that many of them go together."""
    shapes = [
        (rows,), (rows, columns), (columns,), (columns, rows), (rows, 1), (1, columns),
        (rows, depth), (depth, columns), (depth, rows, columns), (rows, columns, depth),
        (depth,), (4, 8), (2, 2, 2, 2),
    ]  # fmt: skip
    return [shape for shape in dict.fromkeys(shapes) if np.prod(shape) <= LIMIT]


class Writer:
    """A kernel under construction."""

    def __init__(self, draw) -> None:
        self.draw = draw
        self.kernel = Kernel()
        self.scopes: list[dict[str, Var]] = [{}]
        self.body = self.kernel.body
        self.counters: list[tuple[Var, int]] = []
        self.patterns: list[tuple[Var, int, bool]] = []
        self.blocks = _blocks(*(self.choose(EXTENTS) for _ in range(3)))
        self._names = 0

    # -- choices -----------------------------------------------------------------------------

    def choose(self, options):
        return self.draw(st.sampled_from(options))

    def chance(self):
        return self.draw(st.booleans())

    def number(self, low, high):
        return self.draw(st.integers(low, high))

    def draw_permutation(self, count):
        return tuple(self.draw(st.permutations(range(count))))

    def shape(self):
        """The shape of a new tensor, often one there is already."""
        known = [v.shape for v in self.visible() if v.shape]
        return self.choose(known) if known and self.chance() else self.choose(self.blocks)

    # -- variables ---------------------------------------------------------------------------

    def visible(self) -> list[Var]:
        """Every variable in scope but pointers, the latest first."""
        found: dict[str, Var] = {}
        for scope in self.scopes:
            found.update(scope)
        return [v for v in reversed(found.values()) if v.array is None]

    def name(self, letter="v"):
        self._names += 1
        return f"{letter}{self._names}"

    def declare(self, v: Var) -> Var:
        self.scopes[-1][v.name] = v
        return v

    def rebind(self, v: Var) -> None:
        """Replaces what is known of a variable where it was declared."""
        scope = next(scope for scope in reversed(self.scopes) if v.name in scope)
        del scope[v.name]
        scope[v.name] = v

    def let(self, dtype, shape, text, operands, meaning, bound=None, **options) -> Var:
        return self.lets([(dtype, shape, bound)], text, operands, meaning, **options)[0]

    def lets(self, types, text, operands, meaning, letter="v", **options) -> list[Var]:
        targets = tuple(
            Var(self.name(letter), dtype, tuple(shape), bound, **options)
            for dtype, shape, bound in types
        )
        names = tuple(o.name if isinstance(o, Var) else o for o in operands)
        self.body.append(Let(targets, text, names, meaning))
        return [self.declare(target) for target in targets]

    def assign(self, targets: list[Var], sources: list[Var]) -> None:
        """`a, b = c, d`, all at once."""
        if targets:
            for source in sources:
                source.used = True
            text = ", ".join(source.name for source in sources)
            names = tuple(source.name for source in sources)
            self.body.append(Let(tuple(targets), text, names, lambda *v: v if len(v) > 1 else v[0]))

    def pick(self, test: Callable[[Var], bool] = bool, *, like=None, dtype=None, shape=None) -> Var:
        """A variable that passes the test; where there is none, one is loaded.

        What is loaded has `dtype` and `shape`, or those of `like`, or any that will do.
        """
        test = (lambda v: True) if test is bool else test
        found = [v for v in self.visible() if test(v)]
        chosen = self.choose(found) if found else self._made(test, like, dtype, shape)
        chosen.used = True
        return chosen

    def _made(self, test, like, dtype: Dtype | None, shape) -> Var:
        dtypes = [dtype or like.dtype] if dtype or like else DTYPES
        shapes = (
            [like.shape]
            if like and shape is None
            else [shape]
            if shape is not None
            else self.blocks
        )
        options = [
            (kind, extent, whole)
            for kind in dtypes
            for whole in ((False, True) if kind.is_float else (False,))
            for extent in shapes
            if test(Var("", kind, extent, 4 if whole else None))
        ]
        return load(self, *self.choose(options))

    # -- parameters --------------------------------------------------------------------------

    def argument(self, value: int) -> Var:
        """A parameter with this value; as a variable, whatever Triton specialises it to."""
        raw = Var(f"{self.name('n')}_", I32, ())
        self.kernel.scalars.append((raw, value, self.chance()))
        v = Var(raw.name[:-1], I32, (), fixed=True)
        text = f"tl.full((), {raw.name}, tl.int32)"
        self.kernel.body.insert(1, Let((v,), text, (raw.name,), lambda x: x))
        self.scopes[0] = {v.name: v, **self.scopes[0]}
        return v

    def array(self, dtype, test, **options) -> Array:
        """An array of the kernel that passes the test, or a new one."""
        found = [a for a in self.kernel.arrays if a.dtype is dtype and test(a)]
        if found and self.chance():
            return self.choose(found)
        if not options.get("shared"):
            options.setdefault("cut", self.choose([0, 0, 1, 9]))
        new = Array(self.name("m"), dtype, offset=self.choose([0, 1]), **options)
        self.kernel.arrays.append(new)
        return new

    # -- statements --------------------------------------------------------------------------

    @contextmanager
    def block(self):
        """A nested block: statements go there, and what they declare stays there."""
        outside, self.body = self.body, []
        patterns = list(self.patterns)
        self.scopes.append({})
        yield self.body
        self.scopes.pop()
        self.patterns = patterns
        self.body = outside

    @property
    def depth(self):
        return len(self.scopes) - 1

    def statements(self, most: int) -> None:
        """Up to `most` statements."""
        for _ in range(most):
            if not self.draw(_statement(self)):
                break

    def store_unused(self) -> None:
        """Stores what nothing else has used."""
        for v in list(self.scopes[-1].values()):
            if v.array is None and not v.used and not v.fixed:
                store(self, v)


@st.composite
def _statement(draw, writer: Writer) -> bool:
    if draw(st.integers(0, 15)) == 0:
        return False
    kinds = STATEMENTS if writer.depth < DEEPEST else [s for s in STATEMENTS if s not in CONTROL]
    draw(st.sampled_from(kinds))(writer)
    return True


def _place(program, grid):
    x, y, z = program
    return np.asarray((z * grid[1] + y) * grid[0] + x, np.int32)


@st.composite
def kernels(draw, most: int = 14) -> Kernel:
    """Kernels of up to `most` statements, not counting those that store the results."""
    writer = Writer(draw)
    kernel = writer.kernel
    kernel.grid = draw(st.sampled_from(GRIDS))
    kernel.seed = draw(st.integers(0, 1 << 16))
    rows = "(tl.program_id(2) * tl.num_programs(1) + tl.program_id(1))"
    text = f"{rows} * tl.num_programs(0) + tl.program_id(0)"
    writer.let(I32, (), text, ("program", "grid"), _place, letter="pid", fixed=True)
    writer.statements(most)
    writer.store_unused()
    return kernel
