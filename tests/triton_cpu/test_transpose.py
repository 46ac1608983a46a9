"""Transposes from memory to memory, against NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.triton_cpu.llvm.builder import Builder
from kerneldojo.triton_cpu.llvm.module import Module
from kerneldojo.triton_cpu.lowering.transpose import emit_transpose
from tests.triton_cpu.panel_harness import Compiled, aligned

SIZES = st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128])


def check(rows, columns, size, pads=(0, 0), *, bits=256, dynamic=False, offset=0):
    """Compares the target, and the gaps between its rows, with NumPy's."""
    rng = np.random.default_rng(rows * 1009 + columns)
    dtype = np.dtype(f"u{size}")

    def matrix(shape):
        return aligned(rng.integers(0, np.iinfo(dtype).max, shape, dtype), offset)

    source, target = matrix((rows, columns + pads[0])), matrix((columns, rows + pads[1]))
    expected = target.copy()
    expected[:, :rows] = source[:, :columns].T
    strides = (columns + pads[0], rows + pads[1])

    def emit(b, pointers, integers):
        steps = integers or [b.const("i64", stride) for stride in strides]
        emit_transpose(b, *pointers, rows, columns, size, *steps, vector_bits=bits)

    Compiled(emit, 2, 2 if dynamic else 0)(source, target, integers=strides if dynamic else ())
    np.testing.assert_array_equal(target, expected)


@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize("bits", [128, 256, 512])
@pytest.mark.parametrize(("rows", "columns"), [(64, 64), (16, 128), (128, 4), (1, 8)])
def test_shapes(rows, columns, size, bits):
    check(rows, columns, size, bits=bits)


@settings(max_examples=60, deadline=None)
@given(
    rows=SIZES,
    columns=SIZES,
    size=st.sampled_from([1, 2, 4, 8]),
    pads=st.tuples(st.integers(0, 20), st.integers(0, 20)),
    bits=st.sampled_from([128, 256, 512]),
    dynamic=st.booleans(),
)
def test_any_transpose(rows, columns, size, pads, bits, dynamic):
    check(rows, columns, size, pads, bits=bits, dynamic=dynamic, offset=size)


def test_transposes_of_one_shape_share_their_code():
    module = Module()
    b = Builder(module, "define void @run()")
    nowhere = b.const("ptr", 0)
    for stride in (64, 64, 80):
        emit_transpose(b, nowhere, nowhere, 64, 64, 4, b.const("i64", stride), b.const("i64", 64))
    assert len(module.functions) == 2
