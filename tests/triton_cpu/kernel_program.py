"""Small Triton kernels as data: their source text, and the same computation in NumPy.

Every statement knows its lines of source and how to run on NumPy arrays, for one program of
the grid at a time. Arithmetic is exact: integers wrap, floats are rounded once an operation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Dtype:
    """An element type; `exact` bounds the whole numbers it holds without gaps."""

    name: str
    kind: str
    bits: int
    numpy: type
    exact: int = 0

    def __repr__(self):
        return f"tl.{self.name}"

    @property
    def is_float(self):
        return self.kind == "f"

    @property
    def is_int(self):
        return self.kind in "iu"

    @property
    def largest(self):
        """A bound of every value's magnitude."""
        return 1 if self.kind == "b" else 1 << (self.bits - (self.kind == "i"))


BOOL = Dtype("int1", "b", 1, np.bool_)
I8, I16, I32, I64 = (Dtype(f"int{n}", "i", n, getattr(np, f"int{n}")) for n in (8, 16, 32, 64))
U8, U16, U32, U64 = (Dtype(f"uint{n}", "u", n, getattr(np, f"uint{n}")) for n in (8, 16, 32, 64))
F32 = Dtype("float32", "f", 32, np.float32, 1 << 22)
F64 = Dtype("float64", "f", 64, np.float64, 1 << 50)
F16 = Dtype("float16", "f", 16, np.float16, 1 << 11)
BF16 = Dtype("bfloat16", "f", 16, np.float32, 1 << 8)

INTS = (I32, I8, I16, I64, U8, U16, U32, U64)
FLOATS = (F32, F64, F16, BF16)
DTYPES = (*INTS, *FLOATS, BOOL)


def round_bfloat(values):
    """The nearest bfloat16, ties to even, as float32."""
    wide = np.asarray(values).astype(np.longdouble)
    _, exponents = np.frexp(wide)
    step = np.ldexp(np.longdouble(1), np.maximum(exponents - 8, -133))
    rounded = np.where(np.isfinite(wide), np.rint(wide / step) * step, wide)
    largest = np.ldexp(np.longdouble(255), 120)
    rounded = np.where(np.abs(rounded) > largest, np.copysign(np.inf, wide), rounded)
    return rounded.astype(np.float32)


def settle(dtype, values):
    """The result of an operation on `dtype`, rounded or wrapped to it."""
    if dtype is BF16:
        return round_bfloat(values)
    return np.asarray(values).astype(dtype.numpy)


def convert(values, source, target):
    """A cast as the back end defines it: to integers toward zero, saturating, NaN to 0."""
    if target is BOOL:
        return values != 0
    if target.is_int and source.is_float:
        whole = np.trunc(np.where(np.isnan(values), 0, values).astype(np.longdouble))
        low, high = np.iinfo(target.numpy).min, np.iinfo(target.numpy).max
        inside = (whole >= low) & (whole <= high)
        kept = np.where(inside, whole, 0).astype(target.numpy)
        beyond = np.where(whole > 0, target.numpy(high), target.numpy(low))
        return np.where(inside, kept, beyond)
    return settle(target, values)


@dataclass(eq=False)
class Var:
    """A variable: `bound` says it holds whole numbers of at most that magnitude, and no -0.

    Sums of such numbers are exact in any order. A pointer has an `array`, and its values are
    indices. What is `fixed` is never assigned again.
    """

    name: str
    dtype: Dtype
    shape: tuple[int, ...]
    bound: int | None = None
    array: Array | None = None
    fixed: bool = False
    used: bool = False

    @property
    def numel(self):
        return int(np.prod(self.shape, dtype=int))


@dataclass(eq=False)
class Array:
    """Memory of a kernel: each program owns `region` elements, or all share the first ones.

    Attributes:
        writable: whether the kernel writes it.
        shared: whether programs use the same elements.
        whole: whether it holds small whole numbers only.
        private: what alone may touch it, if anything: one kind of atomic operation, say.
        twin: another array that is the same memory.
        cut: the sixteenths missing at the end, which masks keep programs away from.
        offset: elements by which the array misses alignment.
    """

    name: str
    dtype: Dtype
    writable: bool = False
    shared: bool = False
    whole: bool = False
    private: str = ""
    twin: Array | None = None
    cut: int = 0
    offset: int = 0
    region: int = 1

    def length(self, programs):
        whole = self.region * (1 if self.shared else programs)
        return max(1, whole - whole * self.cut // 16)


Names = dict[str, Any]
"""The values of a program's variables; also its `memory` (by array) and place, `program`."""


class Finished(Exception):
    """The program returned."""


@dataclass
class Let:
    """`targets = text`; `meaning` takes the values of the operands, which are names."""

    targets: tuple[Var, ...]
    text: str
    operands: tuple[str, ...]
    meaning: Callable

    def lines(self):
        yield f"{', '.join(target.name for target in self.targets)} = {self.text}"

    def run(self, names):
        found = self.meaning(*[names[operand] for operand in self.operands])
        results = found if len(self.targets) > 1 else (found,)
        for target, value in zip(self.targets, results, strict=True):
            if target.array is None:
                value = np.asarray(value)
                have, want = (value.dtype, value.shape), (target.dtype.numpy, target.shape)
                assert have == want, f"{self.text}: {have} instead of {want}"
            names[target.name] = value


@dataclass
class Act:
    """A statement with an effect."""

    text: str
    run: Callable[[Names], None]

    def lines(self):
        yield self.text


@dataclass
class If:
    condition: Var
    yes: list
    no: list

    def lines(self):
        yield f"if {self.condition.name}:"
        yield from indented(self.yes)
        if self.no:
            yield "else:"
            yield from indented(self.no)

    def run(self, names):
        run_all(self.yes if names[self.condition.name] else self.no, names)


@dataclass
class For:
    counter: Var
    bounds: tuple
    body: list

    def lines(self):
        words = [bound.name if isinstance(bound, Var) else str(bound) for bound in self.bounds]
        yield f"for {self.counter.name} in range({', '.join(words)}):"
        yield from indented(self.body)

    def run(self, names):
        numbers = [int(names[b.name]) if isinstance(b, Var) else b for b in self.bounds]
        for i in range(*numbers):
            names[self.counter.name] = np.asarray(i, self.counter.dtype.numpy)
            run_all(self.body, names)


@dataclass
class While:
    text: str
    test: Callable[[Names], bool]
    body: list

    def lines(self):
        yield f"while {self.text}:"
        yield from indented(self.body)

    def run(self, names):
        while self.test(names):
            run_all(self.body, names)


def run_all(body, names):
    for statement in body:
        statement.run(names)


def indented(body) -> Iterator[str]:
    for statement in body or [Act("pass", lambda names: None)]:
        yield from (f"    {line}" for line in statement.lines())


HEAD = """import triton
import triton.language as tl


@triton.jit
def product(a, b):
    return a * b


@triton.jit
def earlier(a, b):
    return a


@triton.jit
def compose(scale, shift, next_scale, next_shift):
    return scale * next_scale, shift * next_scale + next_shift


@triton.jit
def larger(value, place, other, where):
    take = (other > value) | ((other == value) & (where < place))
    return tl.where(take, other, value), tl.where(take, where, place)


@triton.jit
def lesser(a, b):
    if a < b:
        return a
    else:
        return b


@triton.jit
def collatz(x):
    if (x & 1) != 0:
        x = x * 3 + 1
    else:
        x = x >> 1
    return x


@triton.jit(noinline=True)
def outside(x, y):
    if tl.program_id(0) > 0:
        x = x - y
    return x * y
"""


@dataclass
class Kernel:
    """A whole kernel, the arrays it takes, and its scalar arguments (name, value, constexpr)."""

    grid: tuple[int, ...] = (1,)
    seed: int = 0
    arrays: list[Array] = field(default_factory=list)
    scalars: list[tuple[Var, object, bool]] = field(default_factory=list)
    body: list = field(default_factory=list)

    def _repr_pretty_(self, printer, cycle):
        """How Hypothesis shows a kernel."""
        kinds = ", ".join(f"{a.name}: {a.dtype.name}" for a in self.arrays)
        printer.text(f"{self.source()}# grid {self.grid}, {kinds}, then {self.settings()}\n")

    @property
    def programs(self):
        return int(np.prod(self.grid))

    def source(self):
        parameters = [array.name for array in self.arrays]
        for array in self.arrays:
            parameters += [f"{array.name}_region", f"{array.name}_length"]
        parameters += [v.name + (": tl.constexpr" if c else "") for v, _, c in self.scalars]
        lines = [HEAD, "", "@triton.jit", f"def kernel({', '.join(parameters)}):"]
        return "\n".join([*lines, *indented(self.body)]) + "\n"

    def settings(self):
        """The values of the parameters that are not arrays, in order."""
        sizes = [(array.region, array.length(self.programs)) for array in self.arrays]
        return [*itertools.chain(*sizes), *[value for _, value, _ in self.scalars]]

    def run(self, memory: dict[str, np.ndarray]):
        """Runs all programs, one after the other, on `memory`."""
        grid = (*self.grid, 1, 1)[:3]
        known = {v.name: np.asarray(value, v.dtype.numpy) for v, value, _ in self.scalars}
        for array in self.arrays:
            known[f"{array.name}_region"] = np.asarray(array.region, np.int32)
            known[f"{array.name}_length"] = np.asarray(array.length(self.programs), np.int32)
        with np.errstate(all="ignore"):
            for z, y, x in itertools.product(*map(range, reversed(grid))):
                program = {"program": (x, y, z), "grid": grid, "memory": memory}
                with suppress(Finished):
                    run_all(self.body, known | program)

    def data(self) -> dict[str, np.ndarray]:
        """What the arrays hold at the start."""
        random = np.random.default_rng(self.seed)
        found: dict[str, np.ndarray] = {}
        for a in self.arrays:
            values = found[a.twin.name] if a.twin else numbers(random, a, a.length(self.programs))
            found[a.name] = values
        return found


def numbers(random, array, count) -> np.ndarray:
    """Values of an array: small ones with many ties, and unless `whole`, everything there is."""
    dtype = array.dtype
    small = random.integers(0 if dtype.kind in "ub" else -4, 5, count)
    if dtype is BOOL:
        return small > 2
    if array.whole:
        return small.astype(dtype.numpy)
    kind = random.integers(0, 4, count)
    if dtype.is_int:
        info = np.iinfo(dtype.numpy)
        wild = random.integers(info.min, info.max, count, dtype.numpy, endpoint=True)
        edges = random.choice(np.array([0, 1, info.max, info.min], dtype.numpy), count)
        return np.choose(kind, [small.astype(dtype.numpy), wild, wild, edges])
    magnitudes = 2.0 ** random.integers(-30, 30, count)
    ordinary = random.normal(size=count)
    edges = random.choice([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-40, 65504, 3e38], count)
    choices: Sequence[np.ndarray] = [small, ordinary, ordinary * magnitudes, edges]
    with np.errstate(over="ignore"):
        return settle(dtype, np.choose(kind, choices))
