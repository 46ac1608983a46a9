"""The dot of tiles, against NumPy: shapes, element types, strides, and the code it becomes."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.triton_cpu.host import Host, detect
from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.lowering.dot_kernel import Panel, emit_dot
from tests.triton_cpu.panel_harness import DTYPES, Compiled, aligned

X86 = detect().is_x86
HASWELL = Host("x86_64-unknown-linux-gnu", "haswell", "+avx2,+fma")
SKYLAKE = Host("x86_64-unknown-linux-gnu", "skylake-avx512", "")
POWERS = st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128])


def dot(m, n, k, kind, accumulator, strides, *, bits=512, dynamic=False, align=64, host=None):
    """A compiled dot; `strides` are A's rows and columns, B's rows, C's rows."""

    def emit(b, pointers, integers):
        steps = integers or [b.const("i64", stride) for stride in strides]
        a = Panel(pointers[0], steps[0], kind, steps[1], align)
        rhs = Panel(pointers[1], steps[2], kind, align=align)
        c = Panel(pointers[2], steps[3], accumulator, align=align)
        emit_dot(b, a, rhs, c, m, n, k, accumulator=accumulator, vector_bits=bits)

    return Compiled(emit, 3, 4 if dynamic else 0, host)


def numbers(rng, shape, kind):
    """Whole numbers, small enough for any order of summation to be exact in a float."""
    if kind.startswith("f"):
        return rng.integers(-8, 9, shape).astype(DTYPES[kind])
    info = np.iinfo(DTYPES[kind])
    return rng.integers(info.min, info.max, shape, DTYPES[kind], endpoint=True)


def check(m, n, k, kind="f32", accumulator=None, pads=(0, 0, 0), turned=False, **options):
    """Compares C, and the gaps between its rows, with NumPy's."""
    accumulator = accumulator or kind
    rng = np.random.default_rng(m * 10007 + n * 101 + k)
    shape = (k, m + pads[0]) if turned else (m, k + pads[0])
    a = aligned(numbers(rng, shape, kind), options.get("offset", 0))
    rhs = aligned(numbers(rng, (k, n + pads[1]), kind), options.get("offset", 0))
    c = aligned(numbers(rng, (m, n + pads[2]), accumulator), options.pop("offset", 0))
    expected = c.copy()
    left = a[:, :m].T if turned else a[:, :k]
    wide = DTYPES[accumulator]
    expected[:, :n] += left.astype(wide) @ rhs[:, :n].astype(wide)
    strides = (1, shape[1], n + pads[1], n + pads[2])
    if not turned:
        strides = (shape[1], 1, n + pads[1], n + pads[2])
    run = dot(m, n, k, kind, accumulator, strides, **options)
    run(a, rhs, c, integers=strides if options.get("dynamic") else ())
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize(
    ("m", "n", "k"),
    [
        *itertools.product((1, 8, 64), (1, 8, 32), (1, 2, 16)),
        (16, 16, 1024),
        (1, 1024, 4),
        (512, 2, 8),
    ],
)
@pytest.mark.parametrize("bits", [128, 512])
def test_shapes(m, n, k, bits):
    check(m, n, k, bits=bits)


@pytest.mark.parametrize("kind", ["f32", "f64", "i32", "i64"])
@pytest.mark.parametrize("bits", [128, 256, 512])
def test_element_types(kind, bits):
    check(16, 64, 32, kind, bits=bits)
    check(4, 4, 16, kind, bits=bits)


@pytest.mark.parametrize(
    ("kind", "accumulator"), [("i8", "i32"), ("i16", "i32"), ("i32", "i64"), ("f32", "f64")]
)
@pytest.mark.parametrize("m", [2, 64])
def test_operands_are_widened(kind, accumulator, m):
    check(m, 32, 64, kind, accumulator)


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("pads", [(0, 0, 0), (3, 5, 7), (960, 960, 16)])
def test_strides(dynamic, turned, pads):
    check(64, 64, 32, pads=pads, turned=turned, dynamic=dynamic, align=4)


def test_memory_that_is_only_aligned_to_its_elements():
    check(32, 32, 16, offset=4, align=4)


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.tuples(POWERS, POWERS, POWERS),
    kind=st.sampled_from(["f32", "f64", "i32"]),
    pads=st.tuples(*[st.integers(0, 20)] * 3),
    bits=st.sampled_from([128, 256, 512]),
    turned=st.booleans(),
    dynamic=st.booleans(),
)
def test_any_dot(sizes, kind, pads, bits, turned, dynamic):
    check(*sizes, kind, pads=pads, bits=bits, turned=turned, dynamic=dynamic, align=4)


def test_real_numbers():
    rng = np.random.default_rng(0)
    a, rhs = (aligned(rng.standard_normal((64, 64), np.float32)) for _ in range(2))
    c = aligned(np.zeros((64, 64), np.float32))
    dot(64, 64, 64, "f32", "f32", (64, 1, 64, 64))(a, rhs, c)
    np.testing.assert_allclose(c, a.astype(np.float64) @ rhs, rtol=1e-5, atol=1e-4)


def test_infinities_and_nans_stay_in_their_row_and_column():
    a, rhs = aligned(np.ones((16, 16), np.float32)), aligned(np.ones((16, 32), np.float32))
    c = aligned(np.zeros((16, 32), np.float32))
    a[3, 5], rhs[7, 9] = np.inf, np.nan
    with np.errstate(invalid="ignore"):
        expected = a @ rhs
    dot(16, 32, 16, "f32", "f32", (16, 1, 32, 32))(a, rhs, c)
    np.testing.assert_array_equal(c, expected)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (8, 8), (64, 64)])
def test_sums_run_in_the_order_of_k(m, n):
    a, rhs = aligned(np.zeros((m, 8), np.float32)), aligned(np.ones((8, n), np.float32))
    a[:] = [1e30, 1, -1e30, 3, 5e29, 7, -5e29, 2]
    c = aligned(np.full((m, n), 9, np.float32))
    dot(m, n, 8, "f32", "f32", (8, 1, n, n))(a, rhs, c)
    assert (c == 2).all()


def test_dots_of_one_shape_share_their_code():
    module = Module()
    b = Builder(module, "define void @run()")
    for stride in (64, 64, 80):
        panel = Panel(b.const("ptr", 0), b.const("i64", stride), "f32")
        emit_dot(b, panel, panel, panel, 64, 64, 64, accumulator="f32", vector_bits=512)
    assert len(module.functions) == 2


@pytest.mark.parametrize(
    ("kind", "result", "accumulator"),
    [("f32", "f32", "f64"), ("f64", "f32", "f32"), ("i8", "f32", "f32"), ("f32", "i32", "i32")],
)
def test_element_types_that_do_not_widen_are_refused(kind, result, accumulator):
    b = Builder(Module(), "define void @run()")
    one = b.const("i64", 1)
    operand, c = Panel(b.const("ptr", 0), one, kind), Panel(b.const("ptr", 0), one, result)
    with pytest.raises(ValueError, match=r"holds|widen"):
        emit_dot(b, operand, operand, c, 1, 1, 1, accumulator=accumulator, vector_bits=128)


@pytest.mark.skipif(not X86, reason="reads x86 assembly")
@pytest.mark.parametrize(("host", "bits", "sums"), [(SKYLAKE, 512, 16), (HASWELL, 256, 8)])
@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("dynamic", [False, True])
def test_the_loop_over_k_keeps_its_sums_in_registers(host, bits, sums, kind, dynamic):
    run = dot(64, 64, 64, kind, kind, (64, 1, 64, 64), bits=bits, dynamic=dynamic, host=host)
    inner = [body for body in _loops(run.assembly) if "vfmadd" in body]
    inner = [body for body in inner if not any(o != body and o in body for o in inner)]
    assert inner
    for body in inner:
        assert body.count("vfmadd") == 2 * sums
        assert not re.search(r"[yz]mm\d+, [-\d]*\(%rsp|\(%rsp\), %[yz]mm", body)


def _loops(assembly):
    """Every stretch of code from a label to a jump back to it."""
    labels, lines = {}, assembly.splitlines()
    for place, line in enumerate(lines):
        if label := re.match(r"(\.L\w+):", line):
            labels[label[1]] = place
        jump = re.match(r"\s+j\w+\s+(\.L\w+)", line)
        if jump and jump[1] in labels:
            yield "\n".join(lines[labels[jump[1]] : place])
