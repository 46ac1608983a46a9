"""What a random kernel does along an axis: reductions, scans, dots, gathers, sorts, counts.

Where the order of evaluation is the back end's choice, floats are whole numbers small enough
for every order to give the same.
"""

from __future__ import annotations

import numpy as np

from tests.triton_cpu.kernel_operations import LIMIT, bounded, is_int, is_tensor
from tests.triton_cpu.kernel_program import (
    BF16,
    BOOL,
    F16,
    F32,
    F64,
    I8,
    I32,
    I64,
    U32,
    settle,
)

SMALL = 4
"""The largest magnitude that `tidied` leaves."""


def tidied(w, x):
    """`x`, or if it is a float that may be anything, small whole numbers made of it."""
    if not x.dtype.is_float or x.bound is not None:
        return x
    wide = F64 if x.dtype is F64 else F32
    name = x.name
    if x.dtype is not wide:
        name = f"{x.name}.to({wide!r})"
    text = f"tl.where(tl.abs({name}) <= {SMALL}, tl.floor({name}), 1.0) + 0.0"

    def compute(v):
        return settle(x.dtype, np.where(np.abs(v) <= SMALL, np.floor(v), v.dtype.type(1)) + 0)

    if x.dtype is not wide:
        text = f"({text}).to({x.dtype!r})"
    return w.let(x.dtype, x.shape, text, (x,), compute, SMALL)


def summed(dtype):
    """The type tl.sum and tl.cumsum work in."""
    if dtype.bits < 32 and not dtype.is_float:
        return I32 if dtype.kind == "i" else U32
    return dtype


def dropped(shape, axis):
    return () if axis is None else shape[:axis] + shape[axis + 1 :]


def axis_of(w, x):
    return w.number(0, len(x.shape) - 1)


def some_axis(w, x):
    """An axis, or None for all of them."""
    return None if w.number(0, 4) == 1 else axis_of(w, x)


def reduce_sum(w):
    x = tidied(w, w.pick(is_tensor))
    axis = some_axis(w, x)
    count = x.numel if axis is None else x.shape[axis]
    dtype = summed(x.dtype)
    bound = bounded(dtype, x.bound, rule=lambda bound: bound * count)
    if dtype.is_float and bound is None:
        return

    def compute(v):
        if dtype.is_float:
            return settle(dtype, v.astype(float).sum(axis))
        return v.astype(dtype.numpy).sum(axis, dtype=dtype.numpy)

    w.let(dtype, dropped(x.shape, axis), f"tl.sum({x.name}, axis={axis})", (x,), compute, bound)


def reduce_extreme(w):
    x = w.pick(lambda v: is_tensor(v) and v.dtype is not BOOL)
    axis = some_axis(w, x)
    dtype = x.dtype
    if dtype.bits < 32:
        dtype = F32 if dtype.is_float else I32
    name = w.choose(["max", "min"])
    function = {"max": np.fmax, "min": np.fmin}[name]
    text = f"tl.{name}({x.name}, axis={axis})" + (" + 0.0" if dtype.is_float else "")

    def compute(v):
        found = function.reduce(v.astype(dtype.numpy), axis)
        return found + dtype.numpy(0)

    w.let(dtype, dropped(x.shape, axis), text, (x,), compute, x.bound)


def reduce_bits(w):
    x = w.pick(lambda v: is_tensor(v) and (is_int(v) or v.dtype is BOOL))
    name, function = w.choose([("xor_sum", np.bitwise_xor), ("reduce_or", np.bitwise_or)])
    axis = some_axis(w, x)
    shape = dropped(x.shape, axis)
    w.let(
        x.dtype,
        shape,
        f"tl.{name}({x.name}, axis={axis})",
        (x,),
        lambda v: function.reduce(v, axis),
    )


def reduce_product(w):
    x = w.pick(lambda v: is_tensor(v) and is_int(v))
    axis = some_axis(w, x)
    shape = dropped(x.shape, axis)
    text = f"tl.reduce({x.name}, {axis}, product)"
    w.let(x.dtype, shape, text, (x,), lambda v: np.multiply.reduce(v, axis, dtype=v.dtype))


def reduce_with_branches(w):
    """A combination that is not straight-line code."""
    x = w.pick(lambda v: is_tensor(v) and is_int(v))
    axis = some_axis(w, x)
    text = f"tl.reduce({x.name}, {axis}, lesser)"
    w.let(x.dtype, dropped(x.shape, axis), text, (x,), lambda v: v.min(axis))


def map_with_branches(w):
    x = w.pick(lambda v: is_tensor(v) and is_int(v))

    def compute(v):
        odd, three, one = v & v.dtype.type(1), v.dtype.type(3), v.dtype.type(1)
        return np.where(odd != 0, v * three + one, v >> one)

    w.let(x.dtype, x.shape, f"tl.map_elementwise(collatz, {x.name})", (x,), compute)


def reduce_index(w):
    x = tidied(w, w.pick(lambda v: is_tensor(v) and v.dtype is not BOOL))
    axis = axis_of(w, x)
    name = w.choose(["max", "min"])
    find = {"max": np.argmax, "min": np.argmin}[name]
    shape = dropped(x.shape, axis)

    def both(v):
        at = find(v, axis).astype(np.int32)
        return np.take_along_axis(v, np.expand_dims(at, axis), axis).squeeze(axis), at

    if w.chance():
        w.lets(
            [(x.dtype, shape, x.bound), (I32, shape, None)],
            f"tl.{name}({x.name}, axis={axis}, return_indices=True)",
            (x,),
            both,
        )
    else:
        w.let(I32, shape, f"tl.arg{name}({x.name}, axis={axis})", (x,), lambda v: both(v)[1])


def reduce_pair(w):
    """The largest element with what belongs to it, of several the least of those."""
    x = tidied(w, w.pick(lambda v: is_tensor(v) and v.dtype is not BOOL))
    y = w.pick(lambda v: v.shape == x.shape and is_int(v), dtype=I32, shape=x.shape)
    axis = axis_of(w, x)
    shape = dropped(x.shape, axis)

    def compute(values, places):
        best = values.max(axis)
        ties = values == np.expand_dims(best, axis)
        top = np.iinfo(places.dtype).max
        return best, np.where(ties, places, top).min(axis)

    text = f"tl.reduce(({x.name}, {y.name}), {axis}, larger)"
    w.lets([(x.dtype, shape, x.bound), (y.dtype, shape, None)], text, (x, y), compute)


# -- scans -------------------------------------------------------------------------------------


def scanned(function, values, axis, reverse):
    """A running combination of a tuple of arrays."""
    lists = [np.moveaxis(v, axis, 0) for v in values]
    lists = [v[::-1] if reverse else v for v in lists]
    rows = [tuple(v[0] for v in lists)]
    for i in range(1, lists[0].shape[0]):
        rows.append(function(*rows[-1], *[v[i] for v in lists]))
    found = [np.stack(column) for column in zip(*rows, strict=True)]
    found = [v[::-1] if reverse else v for v in found]
    return [np.moveaxis(v, 0, axis) for v in found]


def scan_sum(w):
    x = tidied(w, w.pick(is_tensor))
    axis, reverse, dtype = axis_of(w, x), w.chance(), summed(x.dtype)
    bound = bounded(dtype, x.bound, rule=lambda bound: bound * x.shape[axis])
    if dtype.is_float and bound is None:
        return

    def compute(v):
        wide = v.astype(float) if dtype.is_float else v.astype(dtype.numpy)
        return settle(dtype, scanned(lambda p, q: (p + q,), [wide], axis, reverse)[0])

    text = f"tl.cumsum({x.name}, axis={axis}, reverse={reverse})"
    w.let(dtype, x.shape, text, (x,), compute, bound)


def scan_product(w):
    x = w.pick(lambda v: is_tensor(v) and is_int(v))
    axis, reverse, dtype = axis_of(w, x), w.chance(), summed(x.dtype)

    def compute(v):
        return scanned(lambda p, q: (p * q,), [v.astype(dtype.numpy)], axis, reverse)[0]

    w.let(dtype, x.shape, f"tl.cumprod({x.name}, axis={axis}, reverse={reverse})", (x,), compute)


def scan_first(w):
    """A combination in which the order matters."""
    x = w.pick(is_tensor)
    axis, reverse = axis_of(w, x), w.chance()

    def compute(v):
        first = np.take(v, [-1 if reverse else 0], axis)
        return np.broadcast_to(first, v.shape)

    text = f"tl.associative_scan({x.name}, {axis}, earlier, reverse={reverse})"
    w.let(x.dtype, x.shape, text, (x,), compute, x.bound)


def scan_pair(w):
    x = w.pick(lambda v: is_tensor(v) and is_int(v))
    y = w.pick(lambda v: v.dtype is x.dtype and v.shape == x.shape, like=x)
    axis, reverse = axis_of(w, x), w.chance()

    def compute(p, q):
        return scanned(lambda a, b, c, d: (a * c, b * c + d), [p, q], axis, reverse)

    text = f"tl.associative_scan(({x.name}, {y.name}), {axis}, compose, reverse={reverse})"
    w.lets([(x.dtype, x.shape, None)] * 2, text, (x, y), compute)


# -- whole tensors -----------------------------------------------------------------------------

ACCUMULATORS = {I8: I32, F16: F32, BF16: F32, F32: F32, F64: F64}


def _sized(shape):
    return int(np.prod(shape, dtype=int)) <= LIMIT


def dot(w):
    x = tidied(w, w.pick(lambda v: len(v.shape) in (2, 3) and v.dtype in ACCUMULATORS))
    *batch, m, k = x.shape
    shapes = [
        (*batch, k, n) for n in (16, 1, 2, 4, 8, 32, 64)
        if _sized((*batch, k, n)) and _sized((*batch, m, n))
    ]  # fmt: skip
    y = w.pick(
        lambda v: v.dtype is x.dtype and v.shape in shapes, dtype=x.dtype, shape=w.choose(shapes)
    )
    y = tidied(w, y)
    dtype = w.choose([F32, F16]) if x.dtype is F16 else ACCUMULATORS[x.dtype]
    shape = (*batch, m, y.shape[-1])
    if w.chance():
        c = w.pick(lambda v: v.dtype is dtype and v.shape == shape, dtype=dtype, shape=shape)
        _dot(w, dtype, x, y, tidied(w, c))
    else:
        _dot(w, dtype, x, y)


def add_product(w, c):
    """A dot that adds to `c`."""
    *batch, m, n = c.shape
    dtype = w.choose([operand for operand, total in ACCUMULATORS.items() if total is c.dtype])
    sizes = [
        k for k in (16, 1, 2, 4, 8, 32, 64) if _sized((*batch, m, k)) and _sized((*batch, k, n))
    ]
    k = w.choose(sizes)

    def operand(shape):
        def suits(v):
            return v.dtype is dtype and v.shape == shape and (v.bound is not None or is_int(v))

        return w.pick(suits, dtype=dtype, shape=shape)

    _dot(w, c.dtype, operand((*batch, m, k)), operand((*batch, k, n)), tidied(w, c))


def _dot(w, dtype, x, y, c=None):
    k, shape = x.shape[-1], (*x.shape[:-1], y.shape[-1])
    addend = 0 if c is None else c.bound
    bound = bounded(dtype, x.bound, y.bound, addend, rule=lambda p, q, r: p * q * k + r)
    if dtype.is_float and bound is None:
        return
    kind = np.float64 if dtype.is_float else np.int32

    def compute(p, q, *r):
        total = np.matmul(p.astype(kind), q.astype(kind)) + (r[0].astype(kind) if r else kind(0))
        return settle(dtype, total + kind(0))

    operands, text = ((x, y), "") if c is None else ((x, y, c), f", {c.name}")
    text = f"tl.dot({x.name}, {y.name}{text}, out_dtype={dtype!r})"
    w.let(dtype, shape, text, operands, compute, bound)


def gather(w):
    x = w.pick(is_tensor)
    axis = axis_of(w, x)
    picks = w.pick(lambda v: v.dtype in (I32, I64) and v.shape == x.shape, dtype=I32, shape=x.shape)
    last = x.shape[axis] - 1
    text = f"tl.gather({x.name}, {picks.name} & {last}, {axis})"
    w.let(
        x.dtype,
        x.shape,
        text,
        (x, picks),
        lambda v, at: np.take_along_axis(v, at & last, axis),
        x.bound,
    )


def sort(w):
    def suits(v):
        return is_tensor(v) and v.dtype is not BOOL and v.shape[-1] > 1 and v.numel <= 64

    x = tidied(w, w.pick(suits))
    down = w.chance()
    text, count = f"tl.sort({x.name}, descending={down})", x.shape[-1]
    if x.dtype.bits >= 32 and w.chance():
        count = 1 << w.number(1, count.bit_length() - 1)
        text = f"tl.topk({x.name}, {count}, descending={down})"

    def compute(v):
        return (np.sort(v, -1)[..., ::-1] if down else np.sort(v, -1))[..., :count]

    w.let(x.dtype, (*x.shape[:-1], count), text, (x,), compute, x.bound)


def histogram(w):
    x = w.pick(lambda v: v.dtype in (I32, U32) and len(v.shape) == 1, dtype=I32, shape=(64,))
    bins = w.choose([8, 1, 2, 32])
    operands, mask = (x,), ""
    if w.chance():
        chosen = w.pick(lambda v: v.dtype is BOOL and v.shape == x.shape, dtype=BOOL, shape=x.shape)
        operands, mask = (x, chosen), f", mask={chosen.name}"

    def compute(v, *kept):
        return np.bincount((v & (bins - 1))[kept[0] if kept else ...], minlength=bins).astype(
            np.int32
        )

    w.let(I32, (bins,), f"tl.histogram({x.name} & {bins - 1}, {bins}{mask})", operands, compute)


REDUCTIONS = (
    reduce_sum, reduce_extreme, reduce_bits, reduce_product, reduce_index, reduce_pair,
    reduce_with_branches, map_with_branches,    scan_sum, scan_product, scan_first, scan_pair,
)  # fmt: skip
WHOLE = (dot, gather, sort, histogram)
