"""What a random kernel computes with: each operation as Triton's text and its NumPy meaning.

An operation is a function that takes a `Writer`, picks operands among the variables there are
(or has some made), and adds a statement.
"""

from __future__ import annotations

import numpy as np

from tests.triton_cpu.kernel_program import (
    BOOL,
    DTYPES,
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    convert,
    settle,
)

LIMIT = 2048
"""The most elements a tensor has."""


def is_int(v):
    return v.dtype.is_int


def is_float(v):
    return v.dtype.is_float


def is_tensor(v):
    return bool(v.shape)


def is_square(v):
    return len(v.shape) in (2, 3)


def common(*shapes):
    return np.broadcast_shapes(*shapes)


def fits(shape, other):
    """Whether two shapes broadcast to one that is not too large."""
    try:
        return np.prod(common(shape, other), dtype=int) <= LIMIT
    except ValueError:
        return False


# -- element by element ------------------------------------------------------------------------


def divide(x, y):
    """C's division."""
    quotient = np.floor_divide(x, y)
    rest = x - quotient * y
    return quotient + ((rest != 0) & ((x < 0) != (y < 0))).astype(x.dtype)


def shifted(operator):
    """A shift by an amount cut to the width."""
    return lambda x, y: operator(x, y & y.dtype.type(x.dtype.itemsize * 8 - 1))


def high_half(x, y):
    bits = x.dtype.itemsize * 8
    unsigned = f"u{x.dtype.itemsize}"
    wide = x.astype(unsigned).astype(object) * y.astype(unsigned).astype(object)
    return np.asarray(wide >> bits).astype(unsigned).astype(x.dtype)


INT_BINARY = {
    "{} + {}": np.add,
    "{} - {}": np.subtract,
    "{} * {}": np.multiply,
    "{} & {}": np.bitwise_and,
    "{} | {}": np.bitwise_or,
    "{} ^ {}": np.bitwise_xor,
    "{} << ({} & {last})": shifted(np.left_shift),
    "{} >> ({} & {last})": shifted(np.right_shift),
    "{} // ({} | 1)": lambda x, y: divide(x, y | 1),
    "{} % ({} | 1)": lambda x, y: x - divide(x, y | 1) * (y | 1),
    "tl.minimum({}, {})": np.minimum,
    "tl.maximum({}, {})": np.maximum,
    "tl.umulhi({}, {})": high_half,
}
BOOL_BINARY = {"{} & {}": np.logical_and, "{} | {}": np.logical_or, "{} ^ {}": np.logical_xor}
FLOAT_BINARY = {
    "{} + {}": np.add,
    "{} - {}": np.subtract,
    "{} * {}": np.multiply,
    "{} / {}": np.divide,
    "tl.minimum({}, {}) + 0.0": lambda x, y: np.fmin(x, y) + x.dtype.type(0),
    "tl.maximum({}, {}) + 0.0": lambda x, y: np.fmax(x, y) + x.dtype.type(0),
    "{} % {}": np.fmod,
}
COMPARISONS = {
    "{} < {}": np.less,
    "{} <= {}": np.less_equal,
    "{} == {}": np.equal,
    "{} != {}": np.not_equal,
    "{} > {}": np.greater,
    "{} >= {}": np.greater_equal,
}


def largest(*bounds):
    return max(bounds)


BOUNDS = {
    "{} + {}": lambda p, q: p + q,
    "{} - {}": lambda p, q: p + q,
    "tl.minimum({}, {}) + 0.0": largest,
    "tl.maximum({}, {}) + 0.0": largest,
}


def bounded(dtype, *bounds, rule=largest):
    """The bound of a result; None if it is unknown or too large to be exact."""
    if None in bounds or not dtype.is_float:
        return None
    bound = rule(*bounds)
    return bound if bound <= dtype.exact else None


def pair(w, test):
    """Two variables of one type whose shapes go together."""
    x = w.pick(test)
    return x, w.pick(lambda v: v.dtype is x.dtype and fits(v.shape, x.shape), like=x)


def int_binary(w):
    text, meaning = w.choose(list(INT_BINARY.items()))
    wide = "umulhi" in text
    x, y = pair(w, lambda v: is_int(v) and (v.dtype.bits >= 32 or not wide))
    text = text.format(x.name, y.name, last=x.dtype.bits - 1)
    w.let(x.dtype, common(x.shape, y.shape), text, (x, y), meaning)


def int_with_number(w):
    x = w.pick(is_int)
    number = w.choose(
        [1, 2, 3, 5, 7, 8, 100, x.dtype.bits - 1, 0, *[-1, -5] * (x.dtype.kind == "i")]
    )
    text, meaning = w.choose([item for item in INT_BINARY.items() if "umulhi" not in item[0]])
    constant, last = x.dtype.numpy(number), x.dtype.bits - 1
    if w.chance() and text[0] == "{":
        w.let(
            x.dtype,
            x.shape,
            text.format(number, x.name, last=last),
            (x,),
            lambda v: meaning(np.full_like(v, constant), v),
        )
    else:
        w.let(
            x.dtype,
            x.shape,
            text.format(x.name, number, last=last),
            (x,),
            lambda v: meaning(v, np.full_like(v, constant)),
        )


def int_unary(w):
    x = w.pick(is_int)
    text, meaning = w.choose([("-{}", np.negative), ("~{}", np.invert), ("tl.abs({})", np.abs)])
    w.let(x.dtype, x.shape, text.format(x.name), (x,), meaning)


def bool_binary(w):
    text, meaning = w.choose(list(BOOL_BINARY.items()))
    x, y = pair(w, lambda v: v.dtype is BOOL)
    w.let(BOOL, common(x.shape, y.shape), text.format(x.name, y.name), (x, y), meaning)


def bool_not(w):
    x = w.pick(lambda v: v.dtype is BOOL)
    w.let(BOOL, x.shape, f"~{x.name}", (x,), np.logical_not)


def float_binary(w):
    text, meaning = w.choose(list(FLOAT_BINARY.items()))
    x, y = pair(w, is_float)
    dtype = F32 if text[3] in "/%" and x.dtype.bits == 16 else x.dtype

    def compute(p, q):
        return settle(dtype, meaning(p.astype(dtype.numpy), q.astype(dtype.numpy)))

    rule = BOUNDS.get(text)
    bound = bounded(dtype, x.bound, y.bound, rule=rule) if rule else None
    w.let(dtype, common(x.shape, y.shape), text.format(x.name, y.name), (x, y), compute, bound)


def float_unary(w):
    x = w.pick(is_float)
    choices = [("-{}", np.negative, False), ("tl.abs({})", np.abs, True)]
    if x.dtype in (F32, F64):
        choices += [("tl.floor({})", np.floor, True), ("tl.ceil({})", np.ceil, True)]
        choices += [("tl.sqrt({})", np.sqrt, False)]
    text, meaning, keeps = w.choose(choices)
    w.let(x.dtype, x.shape, text.format(x.name), (x,), meaning, x.bound if keeps else None)


def float_with_number(w):
    x = w.pick(is_float)
    number = w.choose([1.0, 2.0, 0.5, -3.0, 0.1])
    text, meaning = w.choose(
        [("{} + {}", np.add), ("{} * {}", np.multiply), ("{} - {}", np.subtract)]
    )
    constant = settle(x.dtype, np.float32(number) if x.dtype is not F64 else number)

    def compute(v):
        return settle(x.dtype, meaning(v, constant))

    w.let(x.dtype, x.shape, text.format(x.name, number), (x,), compute)


def multiply_add(w):
    x, y = pair(w, lambda v: is_float(v) and v.bound is not None)
    z = w.pick(
        lambda v: (
            v.dtype is x.dtype and v.bound is not None and fits(v.shape, common(x.shape, y.shape))
        ),
        like=x,
    )
    bound = bounded(x.dtype, x.bound, y.bound, z.bound, rule=lambda p, q, r: p * q + r)
    if bound is None:
        return
    shape = common(x.shape, y.shape, z.shape)

    def compute(p, q, r):
        return settle(x.dtype, p.astype(float) * q.astype(float) + r.astype(float))

    w.let(x.dtype, shape, f"tl.fma({x.name}, {y.name}, {z.name})", (x, y, z), compute, bound)


def compare(w):
    text, meaning = w.choose(list(COMPARISONS.items()))
    x, y = pair(w, lambda v: v.dtype is not BOOL)
    w.let(BOOL, common(x.shape, y.shape), text.format(x.name, y.name), (x, y), meaning)


def compare_with_number(w):
    text, meaning = w.choose(list(COMPARISONS.items()))
    x = w.pick(lambda v: v.dtype is not BOOL)
    number = w.choose([0, 1, 3])
    w.let(
        BOOL, x.shape, text.format(x.name, number), (x,), lambda v: meaning(v, v.dtype.type(number))
    )


def where(w):
    x, y = pair(w, lambda v: True)
    shape = common(x.shape, y.shape)
    test = w.pick(lambda v: v.dtype is BOOL and common_is(v.shape, shape), dtype=BOOL, shape=shape)
    bound = bounded(x.dtype, x.bound, y.bound)
    w.let(
        x.dtype, shape, f"tl.where({test.name}, {x.name}, {y.name})", (test, x, y), np.where, bound
    )


def common_is(shape, whole):
    """Whether a shape broadcasts to another."""
    return fits(shape, whole) and common(shape, whole) == whole


def cast(w):
    x = w.pick()
    target = w.choose([dtype for dtype in DTYPES if dtype is not x.dtype])
    bound = x.bound if x.dtype.is_float else x.dtype.largest
    bound = bounded(target, bound)
    w.let(
        target,
        x.shape,
        f"{x.name}.to({target!r})",
        (x,),
        lambda v: convert(v, x.dtype, target),
        bound,
    )


def reinterpret(w):
    """The same bits as another type; a NaN's bits are nobody's promise, so not from floats."""
    x = w.pick(is_int)
    sizes = {8: [I8, U8], 16: [I16, U16, F16], 32: [I32, U32, F32], 64: [I64, U64, F64]}
    target = w.choose([dtype for dtype in sizes[x.dtype.bits] if dtype is not x.dtype])
    w.let(
        target,
        x.shape,
        f"{x.name}.to({target!r}, bitcast=True)",
        (x,),
        lambda v: v.view(target.numpy),
    )


def call(w):
    """A function that is not inlined; Triton has them for scalars only."""
    x = w.pick(lambda v: is_int(v) and not v.shape)
    y = w.pick(lambda v: v.dtype is x.dtype and not v.shape, like=x)

    def compute(program, p, q):
        return (p if program[0] == 0 else p - q) * q

    w.let(x.dtype, x.shape, f"outside({x.name}, {y.name})", ("program", x, y), compute)


# -- values from nothing -----------------------------------------------------------------------


def arange(w):
    size, start = w.choose([4, 1, 2, 16, 32, 64, 128, 256]), w.choose([0, 1, 5])
    values = np.arange(start, start + size, dtype=np.int32)
    w.let(I32, (size,), f"tl.arange({start}, {start + size})", (), lambda: values)


def full(w):
    dtype, shape, number = w.choose(DTYPES[:-1]), w.shape(), w.choose([0, 1, 3])
    values = np.full(shape, number, dtype.numpy)
    w.let(
        dtype,
        shape,
        f"tl.full({shape}, {number}, {dtype!r})",
        (),
        lambda: values,
        bounded(dtype, number),
    )


# -- shapes ------------------------------------------------------------------------------------


def broadcast(w):
    x = w.pick(lambda v: 0 in v.shape or 1 in v.shape or not v.shape)
    extents = [w.choose([extent] if extent > 1 else [4, 1, 2, 32, 64]) for extent in x.shape] or [
        w.choose([8, 64])
    ]
    shape = tuple(extents)
    if np.prod(shape) > LIMIT:
        return
    w.let(
        x.dtype,
        shape,
        f"tl.broadcast_to({x.name}, {shape})",
        (x,),
        lambda v: np.broadcast_to(v, shape),
        x.bound,
    )


def expand(w):
    x = w.pick(lambda v: is_tensor(v) and len(v.shape) < 4)
    axis = w.number(0, len(x.shape))
    shape = (*x.shape[:axis], 1, *x.shape[axis:])
    w.let(
        x.dtype,
        shape,
        f"tl.expand_dims({x.name}, {axis})",
        (x,),
        lambda v: v.reshape(shape),
        x.bound,
    )


def reshape(w):
    x = w.pick(is_tensor)
    shape, left = [], x.numel
    while left > 1 and len(shape) < 3:
        shape.append(w.choose([left >> i for i in range(left.bit_length())]))
        left //= shape[-1]
    shape = tuple([*shape, left] if left > 1 or not shape else shape)
    w.let(
        x.dtype, shape, f"tl.reshape({x.name}, {shape})", (x,), lambda v: v.reshape(shape), x.bound
    )


def transpose(w):
    x = w.pick(lambda v: len(v.shape) > 1)
    order = w.draw_permutation(len(x.shape))
    shape = tuple(x.shape[dim] for dim in order)
    w.let(
        x.dtype,
        shape,
        f"tl.permute({x.name}, {order})",
        (x,),
        lambda v: v.transpose(order),
        x.bound,
    )


def join(w):
    x, y = pair(w, lambda v: len(v.shape) < 4 and v.numel <= LIMIT // 2)
    shape = common(x.shape, y.shape)
    if 2 * np.prod(shape) > LIMIT or len(shape) > 3:
        return

    def compute(p, q):
        return np.stack(np.broadcast_arrays(p, q), -1)

    w.let(
        x.dtype,
        (*shape, 2),
        f"tl.join({x.name}, {y.name})",
        (x, y),
        compute,
        bounded(x.dtype, x.bound, y.bound),
    )


def split(w):
    x = w.pick(lambda v: is_tensor(v) and v.shape[-1] == 2)
    if len(x.shape) == 1:
        return
    types = [(x.dtype, x.shape[:-1], x.bound)] * 2
    w.lets(types, f"tl.split({x.name})", (x,), lambda v: (v[..., 0], v[..., 1]))


def cat(w):
    x = w.pick(lambda v: is_tensor(v) and v.numel <= LIMIT // 2 and len(v.shape) < 4)
    y = w.pick(lambda v: v.dtype is x.dtype and v.shape == x.shape, like=x)
    axis = w.number(0, len(x.shape) - 1)
    shape = tuple(extent * (1 + (dim == axis)) for dim, extent in enumerate(x.shape))
    text = f"tl.cat({x.name}, {y.name}, dim={axis})"
    w.let(
        x.dtype,
        shape,
        text,
        (x, y),
        lambda p, q: np.concatenate([p, q], axis),
        bounded(x.dtype, x.bound, y.bound),
    )


def flip(w):
    x = w.pick(
        lambda v: is_tensor(v) and v.dtype is not BOOL and len(v.shape) < 4 and 1 < v.numel <= 256
    )
    axis = w.number(0, len(x.shape) - 1)
    w.let(x.dtype, x.shape, f"tl.flip({x.name}, {axis})", (x,), lambda v: np.flip(v, axis), x.bound)


ELEMENTWISE = (
    int_binary, int_with_number, int_unary, float_binary, float_unary, float_with_number,
    multiply_add, compare, compare_with_number, where, cast, reinterpret, bool_binary, bool_not,
    arange, full, call,
)  # fmt: skip
SHAPES = (broadcast, expand, reshape, transpose, join, split, cat, flip)
