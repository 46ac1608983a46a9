"""Functions that kernels pass to map_elementwise, reduce and associative_scan."""

from __future__ import annotations

import pytest
import torch
import triton
import triton.language as tl

from kerneldojo.triton_cpu.launcher import DeviceAssertionError
from tests.triton_cpu.language import on_the_cpu

__all__ = ["on_the_cpu"]


@triton.jit
def sign_of_difference(x, y):
    if x < y:
        sign = -1
    elif x == y:
        sign = 0
    else:
        sign = 1
    return sign


@triton.jit
def compare(x, y, out, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    result = tl.map_elementwise(sign_of_difference, tl.load(x + places), tl.load(y + places))
    tl.store(out + places, result)


def test_a_map_that_branches() -> None:
    x, y = torch.randint(0, 5, (2, 128), dtype=torch.int32)
    out = torch.empty(128, dtype=torch.int32)
    compare[(1,)](x, y, out, BLOCK=128)
    assert torch.equal(out, torch.sign(x - y))


@triton.jit
def mixed(first, second, other_first, other_second):
    return first + other_second, second - other_first, first * 2, second * 3


@triton.jit
def map_pairs(x, y, out, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    a, b = tl.map_elementwise(mixed, tl.load(x + places), tl.load(y + places), pack=2)
    tl.store(out + places, a)
    tl.store(out + BLOCK + places, b)


def test_a_map_of_two_elements_at_a_time() -> None:
    x, y, out = torch.randn(64), torch.randn(64), torch.empty(128)
    map_pairs[(1,)](x, y, out, BLOCK=64)
    first = torch.stack([x[::2] + y[1::2], x[1::2] - y[::2]], 1).flatten()
    second = torch.stack([x[::2] * 2, x[1::2] * 3], 1).flatten()
    torch.testing.assert_close(out, torch.cat([first, second]))


@triton.jit
def larger_magnitude(x, y):
    if tl.abs(x) > tl.abs(y):
        return x
    return y


@triton.jit
def reduce_rows(x, out, ROWS: tl.constexpr, COLUMNS: tl.constexpr, AXIS: tl.constexpr):
    rows, columns = tl.arange(0, ROWS)[:, None], tl.arange(0, COLUMNS)[None, :]
    result = tl.reduce(tl.load(x + rows * COLUMNS + columns), AXIS, larger_magnitude)
    tl.store(out + tl.arange(0, COLUMNS if AXIS == 0 else ROWS), result)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_reduction_that_branches(axis: int) -> None:
    x = torch.randn(16, 32)
    out = torch.empty(32 if axis == 0 else 16)
    reduce_rows[(1,)](x, out, ROWS=16, COLUMNS=32, AXIS=axis)
    picks = x.abs().argmax(axis, keepdim=True)
    assert torch.equal(out, x.gather(axis, picks).squeeze(axis))


@triton.jit
def checked_sum(x, y):
    tl.device_assert(x + y < 100, "too much")
    return x + y


@triton.jit(debug=True)
def checked_total(x, out, BLOCK: tl.constexpr):
    tl.store(out, tl.reduce(tl.load(x + tl.arange(0, BLOCK)), 0, checked_sum))


def test_a_reduction_that_asserts() -> None:
    x, out = torch.ones(64, dtype=torch.int32), torch.zeros(1, dtype=torch.int32)
    checked_total[(1,)](x, out, BLOCK=64)
    assert out.item() == 64
    with pytest.raises(DeviceAssertionError, match="too much"):
        checked_total[(1,)](2 * x, out, BLOCK=64)


@triton.jit
def last_positive(x, y):
    if y > 0:
        return y
    return x


@triton.jit
def scan_columns(x, out, ROWS: tl.constexpr, COLUMNS: tl.constexpr, REVERSE: tl.constexpr):
    rows, columns = tl.arange(0, ROWS)[:, None], tl.arange(0, COLUMNS)[None, :]
    value = tl.load(x + rows * COLUMNS + columns)
    result = tl.associative_scan(value, 0, last_positive, reverse=REVERSE)
    tl.store(out + rows * COLUMNS + columns, result)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_that_branches(reverse: bool) -> None:
    x, out = torch.randn(32, 8), torch.empty(32, 8)
    scan_columns[(1,)](x, out, ROWS=32, COLUMNS=8, REVERSE=reverse)
    rows = list(x.flip(0) if reverse else x)
    expected = [rows[0]]
    for row in rows[1:]:
        expected.append(torch.where(row > 0, row, expected[-1]))
    want = torch.stack(expected)
    assert torch.equal(out, want.flip(0) if reverse else want)


@triton.jit
def affine_step(a, b, c, d):
    return a * c, b * c + d


@triton.jit
def recurrence(a, b, out, BLOCK: tl.constexpr, REVERSE: tl.constexpr):
    places = tl.arange(0, BLOCK)
    pair = (tl.load(a + places), tl.load(b + places))
    _, result = tl.associative_scan(pair, 0, affine_step, reverse=REVERSE)
    tl.store(out + places, result)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_of_pairs(reverse: bool) -> None:
    a, b, out = torch.rand(256), torch.randn(256), torch.empty(256)
    recurrence[(1,)](a, b, out, BLOCK=256, REVERSE=reverse)
    order = range(255, -1, -1) if reverse else range(256)
    expected, total = torch.empty(256), 0.0
    for i in order:
        total = total * a[i].item() + b[i].item()
        expected[i] = total
    torch.testing.assert_close(out, expected, atol=1e-4, rtol=1e-4)
