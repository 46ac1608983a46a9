"""How a random kernel reaches memory: addresses, masks, loads, stores, atomics."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tests.triton_cpu.kernel_operations import bounded, common_is, is_int
from tests.triton_cpu.kernel_program import (
    BOOL,
    DTYPES,
    F32,
    F64,
    I32,
    I64,
    U32,
    U64,
    Act,
    Array,
    Var,
    settle,
)  # fmt: skip


@dataclass
class Address:
    """A pointer expression: its text, the names it uses, the elements it means, who may pass."""

    array: Array
    shape: tuple[int, ...]
    text: str
    operands: tuple[str, ...]
    meaning: object
    mask: Var | None = None

    def of_values(self, *values):
        """The indices, from the operands' values."""
        return np.broadcast_to(self.meaning(*values), self.shape)

    def of(self, names):
        """The indices, from all variables."""
        return self.of_values(*[names[name] for name in self.operands])

    def arguments(self):
        return f", mask={self.mask.name}" if self.mask else ""

    def passing(self, names):
        """Which elements are accessed."""
        return np.broadcast_to(names[self.mask.name] if self.mask else True, self.shape)


# -- where -------------------------------------------------------------------------------------


def _turned(w, extent):
    """An index along one dimension: text with `{}` for the arange, and its values."""
    i = np.arange(extent)
    last = extent - 1
    return w.choose([
        ("{}", i),
        ("{}", i),
        (f"({last} - {{}})", last - i),
        (f"(({{}} * 5 + 3) & {last})", i * 5 + 3 & last),
        (f"({{}} ^ {last})", i ^ last),
        (f"(({{}} + 1) % {extent})", (i + 1) % extent),
    ])  # fmt: skip


def _strides(w, shape, unique):
    """How far neighbours along each dimension are apart."""
    order = list(range(len(shape)))
    if w.chance():
        order = list(w.draw_permutation(len(shape)))
    scale, pad = w.choose([(1, 0), (1, 0), (2, 0), (3, 0), (1, 3), (1, 1)])
    strides, step = [0] * len(shape), scale
    for dim in reversed(order):
        strides[dim] = step
        step = step * shape[dim] + pad
    if not unique and w.number(0, 4) == 1:
        strides[w.number(0, len(shape) - 1)] = 0
    return strides


def pattern(w, shape, unique):
    """Offsets of a block's elements from its first, and the largest: an int32 variable.

    Args:
        w: the writer.
        shape: the block's.
        unique: whether no two elements may have one offset.
    """
    known = [p for p in w.patterns if p[0].shape == shape and (p[2] or not unique)]
    if known and w.chance():
        return w.choose(known)
    pieces, total = [], np.zeros(shape, np.int32)
    strides = _strides(w, shape, unique)
    for dim, (extent, stride) in enumerate(zip(shape, strides, strict=True)):
        text, values = _turned(w, extent)
        place = ", ".join(":" if d == dim else "None" for d in range(len(shape)))
        index = text.format(f"tl.arange(0, {extent})")
        index = f"({index})[{place}]" if len(shape) > 1 else index
        factor = w.argument(stride).name if w.number(0, 7) == 1 else str(stride)
        pieces.append(f"{index} * {factor}")
        total += (
            (values * stride)
            .reshape([-1 if d == dim else 1 for d in range(len(shape))])
            .astype(np.int32)
        )
    names = [piece.split(" * ")[-1] for piece in pieces]
    operands = tuple(name for name in names if name.startswith("n"))
    text, dtype = " + ".join(pieces), I32
    if w.number(0, 5) == 1:
        text, dtype = f"({text}).to(tl.int64)", I64
    values = total.astype(dtype.numpy)
    offsets = w.let(dtype, shape, text, operands, lambda *_: values, letter="o", fixed=True)
    w.patterns.append((offsets, int(total.max()), unique or len(np.unique(total)) == total.size))
    return w.patterns[-1]


def _picked(w, shape):
    """Offsets that are data: any integers, cut to a small range."""
    v = w.pick(lambda v: is_int(v) and v.shape == shape, dtype=I32, shape=shape)
    last = w.choose([63, 7, 1])
    return (
        f"({v.name} & {last}).to(tl.int32)",
        (v.name,),
        last,
        lambda x: (x & last).astype(np.int32),
    )


def address(w, array, shape, *, unique, data=False, walks=False, start=0) -> Address:
    """Addresses in `array` for a block of `shape`, from element `start` of what a program owns."""
    if not shape:
        place = last = w.choose([0, 1, 5])
        text, operands, meaning = str(place), (), lambda: np.asarray(place)
    elif data:
        text, operands, last, meaning = _picked(w, shape)
    else:
        offsets, last, _ = pattern(w, shape, unique)
        text, operands, meaning = offsets.name, (offsets.name,), lambda o: o.astype(np.int64)
    if start:
        text, last = f"{text} + {start}", last + start
    steps = [(i, most, w.choose([1, 16, last + 1])) for i, most in w.counters if w.chance()]
    for i, most, step in steps:
        text, last = f"{text} + {i.name} * {step}", last + most * step
    array.region = max(array.region, last + 1)
    base = "0" if array.shared else f"pid1 * {array.name}_region"
    count = len(operands)

    def indices(pid, region, *rest):
        moved = sum(int(i) * step for i, (_, _, step) in zip(rest[count:], steps, strict=True))
        return (
            meaning(*rest[:count]) + start + moved + (0 if array.shared else int(pid) * int(region))
        )

    forms = [
        "{m} + ({base} + {text})",
        "{m} + {base} + {text}",
        "({m} + {base}) + ({text})",
        "{m} + ({text}) + {base}",
    ]
    whole = w.choose(forms).format(m=array.name, base=base, text=text)
    names = ("pid1", f"{array.name}_region", *operands, *[i.name for i, _, _ in steps])
    found = Address(array, shape, whole, names, indices)
    found.mask = mask(w, shape)
    if array.cut:
        found.mask = _inside(w, found, f"{base} + {text}")
    return pointer(w, found) if walks or w.number(0, 3) == 1 else found


def pointer(w, found) -> Address:
    """The same address, kept in a variable."""
    p = w.let(
        I32, found.shape, found.text, found.operands, found.of_values, letter="p", array=found.array
    )
    return replace(found, text=p.name, operands=(p.name,), meaning=lambda x: x)


def _inside(w, found, index):
    """The mask, and that the address is not past the end of the array."""
    length, other = f"{found.array.name}_length", found.mask

    def compute(size, *values):
        return found.of_values(*values) < size

    text, operands = f"{index} < {length}", (length, *found.operands)
    limit = w.let(BOOL, found.shape, text, operands, compute, fixed=True, letter="k")
    if other is None:
        return limit
    text = f"{other.name} & {limit.name}"
    return w.let(BOOL, found.shape, text, (other, limit), np.logical_and, fixed=True, letter="k")


def mask(w, shape) -> Var | None:
    """Nothing, a bound of an index, or any boolean there is."""
    kind = w.number(0, 4)
    if kind < 2:
        return None
    if kind == 2 and shape:
        dim = w.number(0, len(shape) - 1)
        extent = shape[dim]
        n = w.argument(w.number(0, extent))
        place = ", ".join(":" if d == dim else "None" for d in range(len(shape)))
        narrow = tuple(extent if d == dim else 1 for d in range(len(shape)))
        values = np.arange(extent, dtype=np.int32).reshape(narrow)
        text = f"tl.arange(0, {extent})[{place}] < {n.name}"
        return w.let(BOOL, narrow, text, (n,), lambda n: values < n, letter="k", fixed=True)
    if not shape:
        return w.pick(lambda v: v.dtype is BOOL and not v.shape, dtype=BOOL, shape=())
    return w.pick(lambda v: v.dtype is BOOL and common_is(v.shape, shape), dtype=BOOL, shape=shape)


# -- loads and stores --------------------------------------------------------------------------


def load(w, dtype, shape, whole=False) -> Var:
    """A variable with what an array holds."""
    array = w.array(dtype, lambda a: a.whole == whole and not a.private, whole=whole)
    found = address(w, array, shape, unique=False, data=w.number(0, 5) == 1)
    return load_at(w, found)


def load_at(w, found) -> Var:
    """A variable with what is at an address, or with something else where it is masked."""
    array, shape, dtype, whole = found.array, found.shape, found.array.dtype, found.array.whole
    text, operands = f"tl.load({found.text}{found.arguments()}", list(found.operands)
    other = None
    if found.mask is not None:
        operands.append(found.mask.name)
        kind = w.number(0, 2)
        same = [v for v in w.visible() if v.dtype is dtype and common_is(v.shape, shape)]
        if kind == 1 and same:
            other = w.choose(same)
        if other is not None:
            text += f", other={other.name}"
            operands.append(other.name)
            other.used = True
        elif kind == 2:
            text += ", other=3"
    constant = 3 if text.endswith("other=3") else 0

    def compute(memory, *values):
        indices = found.meaning(*values[: len(found.operands)])
        rest = values[len(found.operands) :]
        indices = np.broadcast_to(indices, shape)
        passing = np.broadcast_to(rest[0] if rest else True, shape)
        missing = settle(dtype, rest[1] if other is not None else constant)
        return np.where(passing, memory[array.name][np.where(passing, indices, 0)], missing)

    bound = 4 if whole else None
    if other is not None:
        bound = bounded(dtype, bound, other.bound)
    return w.let(dtype, shape, f"{text})", ("memory", *operands), compute, bound)


def load_anything(w):
    whole = w.chance()
    load(w, w.choose(DTYPES), w.choose([w.shape(), ()]), whole)


def written(w, dtype, shape) -> Address:
    """Addresses to write to; what was written there before is waited for."""
    array = w.array(dtype, lambda a: not a.whole and not a.private)
    start = 0
    if array.writable:
        start = array.region if w.chance() else 0
    if array.writable and not start:
        w.body.append(Act("tl.debug_barrier()", lambda names: None))
    array.writable = True
    return address(w, array, shape, unique=True, start=start)


def store(w, v=None) -> None:
    """Writes a variable, or one picked, to an array."""
    v = v or w.pick()
    shape = v.shape or w.choose([(), w.shape()])
    store_at(w, written(w, v.dtype, shape), v)


def store_at(w, found, v) -> None:
    def act(names):
        passing = found.passing(names)
        values = np.broadcast_to(names[v.name], found.shape)
        names["memory"][found.array.name][found.of(names)[passing]] = values[passing]

    v.used = True
    w.body.append(Act(f"tl.store({found.text}, {v.name}{found.arguments()})", act))


# -- atomics -----------------------------------------------------------------------------------

ATOMICS = {
    "add": np.add,
    "max": np.maximum,
    "min": np.minimum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


def atomic(w) -> None:
    """An update that comes to the same in any order."""
    name = w.choose(list(ATOMICS))
    dtypes = (I32, I64, U32, U64)
    v = w.pick(
        lambda v: (
            v.dtype in dtypes
            or (name == "add" and v.dtype in (F32, F64) and v.bound and v.bound <= 4)
        )
    )
    shared = w.chance()
    array = w.array(
        v.dtype,
        lambda a: a.private == name and a.shared == shared,
        private=name,
        shared=shared,
        whole=True,
    )
    found = address(w, array, v.shape, unique=False, data=w.chance())

    def act(names):
        passing = found.passing(names)
        where = found.of(names)[passing]
        ATOMICS[name].at(names["memory"][array.name], where, names[v.name][passing])

    w.body.append(Act(f"tl.atomic_{name}({found.text}, {v.name}{found.arguments()})", act))


def exchange(w) -> None:
    """An update whose old values are used: of elements that are this program's alone."""
    v = w.pick(lambda v: v.dtype in (I32, I64, F32, F64))
    name, after = w.choose([("xchg", lambda old, new: new), ("add", np.add)])
    found = written(w, v.dtype, v.shape)
    array = found.array
    operands = ("memory", v.name, *found.operands, *([found.mask.name] if found.mask else []))

    def compute(memory, value, *values):
        names = dict(zip(operands[2:], values, strict=True))
        passing, where = found.passing(names), found.of(names)
        kept = memory[array.name]
        old = np.where(passing, kept[np.where(passing, where, 0)], v.dtype.numpy(0))
        kept[where[passing]] = after(old, value)[passing]
        return old

    text = f"tl.atomic_{name}({found.text}, {v.name}{found.arguments()})"
    w.let(v.dtype, v.shape, text, operands, compute)


# -- tensor descriptors ------------------------------------------------------------------------


@dataclass
class Window:
    """A block of a matrix that a descriptor describes; parts of it may lie outside."""

    text: str
    corner: str
    block: tuple[int, int]
    operands: tuple[str, ...]
    find: object
    """From the operands' values: the elements' indices, and which of them exist."""


def described(w, array, block) -> Window:
    """A descriptor of a matrix in what the program owns of `array`, and a block of it."""
    rows, columns = w.number(1, 2 * block[0]), w.number(1, 2 * block[1])
    pitch = -(-columns // 16) * 16
    top, left = w.number(-2, block[0]), w.number(-2, block[1])
    array.region = max(array.region, rows * pitch)
    steps = [(i, w.choose([block[0], 1])) for i, _ in w.counters if w.chance()]
    moved = "".join(f" + {i.name} * {step}" for i, step in steps)
    start = f"{array.name} + pid1 * {array.name}_region"
    sizes = f"[{rows}, {columns}], [{pitch}, 1], {list(block)}"
    text = f"tl.make_tensor_descriptor({start}, {sizes})"

    def find(pid, region, *counters):
        first = top + sum(int(i) * step for i, (_, step) in zip(counters, steps, strict=True))
        r, c = np.ogrid[first : first + block[0], left : left + block[1]]
        inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
        return np.where(inside, int(pid) * int(region) + r * pitch + c, 0), inside

    operands = ("pid1", f"{array.name}_region", *[i.name for i, _ in steps])
    return Window(text, f"[{top}{moved}, {left}]", block, operands, find)


def load_described(w) -> None:
    dtype = w.choose(DTYPES[:-1])
    array = w.array(dtype, lambda a: not a.cut and not a.whole and not a.private, cut=0)
    window = described(w, array, w.choose([(4, 16), (1, 32), (16, 16), (2, 64)]))

    def compute(memory, *values):
        indices, inside = window.find(*values)
        return np.where(inside, memory[array.name][indices], dtype.numpy(0))

    text = f"{window.text}.load({window.corner})"
    w.let(dtype, window.block, text, ("memory", *window.operands), compute)


def store_described(w) -> None:
    v = w.pick(
        lambda v: v.dtype is not BOOL and len(v.shape) == 2 and v.shape[1] >= 16, shape=(4, 16)
    )
    array = w.array(v.dtype, lambda a: not a.cut and not a.whole and not a.private, cut=0)
    window = described(w, array, v.shape)
    if array.writable:
        w.body.append(Act("tl.debug_barrier()", lambda names: None))
    array.writable = True

    def act(names):
        indices, inside = window.find(*[names[name] for name in window.operands])
        names["memory"][array.name][indices[inside]] = names[v.name][inside]

    w.body.append(Act(f"{window.text}.store({window.corner}, {v.name})", act))


# -- two names for one array -------------------------------------------------------------------


def in_place(w) -> None:
    """What an array holds is loaded, changed, stored through another name, and loaded again."""
    dtype, shape = w.choose(DTYPES), w.shape()
    first = Array(w.name("m"), dtype, private="in place")
    second = Array(w.name("m"), dtype, private="in place", twin=first)
    w.kernel.arrays += [first, second]
    offsets, last, _ = pattern(w, shape, unique=True)
    first.region = second.region = last + 1

    def reached(array):
        text = f"{array.name} + (pid1 * {array.name}_region + {offsets.name})"
        operands = ("pid1", f"{array.name}_region", offsets.name)
        return Address(
            array, shape, text, operands, lambda pid, size, at: int(pid) * int(size) + at
        )

    mask_too = mask(w, shape)
    load_at(w, replace(reached(first), mask=mask_too))
    w.statements(3)
    v = w.pick(lambda v: v.dtype is dtype and v.shape == shape)
    store_at(w, replace(reached(second), mask=mask_too), v)
    load_at(w, reached(first))


MEMORY = (
    load_anything, load_anything, store, store, atomic, exchange, load_described, store_described,
    in_place,
)  # fmt: skip
