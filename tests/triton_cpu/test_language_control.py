"""Branches, loops, returns and calls in kernels."""

from __future__ import annotations

import pytest
import torch
import triton
import triton.language as tl

from tests.triton_cpu.language import on_the_cpu

__all__ = ["on_the_cpu"]


@triton.jit
def branch_without_result(x, out, n):
    total = tl.load(x)
    for i in range(n):
        if i % 2 == 1:
            tl.store(out + i, total + i)
    if total > 5:
        tl.store(out, total)


def test_a_branch_that_yields_nothing() -> None:
    out = torch.zeros(6, dtype=torch.int32)
    branch_without_result[(1,)](torch.tensor([7], dtype=torch.int32), out, 6)
    assert out.tolist() == [7, 8, 0, 10, 0, 12]


@triton.jit
def leave_early(flags, out):
    program = tl.program_id(0)
    if tl.load(flags + program) == 0:
        tl.store(out + program, -1)
        return
    tl.store(out + program, program)


def test_an_early_return() -> None:
    out = torch.full((4,), 9, dtype=torch.int32)
    leave_early[(4,)](torch.tensor([1, 0, 1, 0], dtype=torch.int32), out)
    assert out.tolist() == [0, -1, 2, -1]


@triton.jit
def choose(x, use_first):
    if use_first:
        return x + 1
    return x * 10


@triton.jit
def call_with_returns(x, out, use_first, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    tl.store(out + places, choose(tl.load(x + places), use_first))


@pytest.mark.parametrize("first", [0, 1])
def test_both_edges_of_a_branch_lead_to_one_block(first: int) -> None:
    x, out = torch.arange(64, dtype=torch.float32), torch.empty(64)
    call_with_returns[(1,)](x, out, first, BLOCK=64)
    torch.testing.assert_close(out, x + 1 if first else x * 10)


@triton.jit
def wait_for_lock(lock, counter):
    while tl.atomic_cas(lock, 0, 1) == 1:
        pass
    tl.store(counter, tl.load(counter) + 1)
    tl.debug_barrier()
    tl.atomic_xchg(lock, 0)


def test_a_loop_that_carries_nothing() -> None:
    lock, counter = torch.zeros(1, dtype=torch.int32), torch.zeros(1, dtype=torch.int32)
    wait_for_lock[(500,)](lock, counter)
    assert counter.item() == 500


@triton.jit(noinline=True)
def sum_and_difference(x, y):
    return x + y, x - y


@triton.jit
def several_results(out):
    program = tl.program_id(0)
    s, d = sum_and_difference(program + 5, program + 2)
    tl.store(out, s)
    tl.store(out + 1, d)


def test_a_function_with_several_results() -> None:
    out = torch.zeros(2, dtype=torch.int32)
    several_results[(1,)](out)
    assert out.tolist() == [7, 3]


@triton.jit
def one_element(x, out):
    element = tl.load(x + tl.arange(0, 1))
    tl.store(out, element.item() + 1)
    left, right = tl.split(tl.load(x + tl.arange(0, 2)))
    tl.store(out + 1, left)
    tl.store(out + 2, right)


def test_the_only_element_is_a_scalar() -> None:
    out = torch.zeros(3, dtype=torch.int32)
    one_element[(1,)](torch.tensor([4, 6], dtype=torch.int32), out)
    assert out.tolist() == [5, 4, 6]


@triton.jit
def nested_loops(out, rows, columns):
    at = 0
    row = 0
    while row < rows:
        for column in range(columns - 1, -1, -1):
            if column == row:
                tl.store(out + at, 100 + column)
            else:
                tl.store(out + at, column)
            at += 1
        row += 1


def test_loops_in_loops_and_down() -> None:
    out = torch.zeros(6, dtype=torch.int32)
    nested_loops[(1,)](out, 2, 3)
    assert out.tolist() == [2, 1, 100, 2, 101, 0]


@triton.jit
def swap_in_a_loop(x, y, out, n, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    a, b = tl.load(x + places), tl.load(y + places)
    for _ in range(n):
        a, b = b, a + b
    tl.store(out + places, a)
    tl.store(out + BLOCK + places, b)


def test_carried_tensors_change_places() -> None:
    x, y, out = torch.ones(64), torch.arange(64.0), torch.empty(128)
    swap_in_a_loop[(1,)](x, y, out, 3, BLOCK=64)
    torch.testing.assert_close(out, torch.cat([x + 2 * y, 2 * x + 3 * y]))


@triton.jit
def flip_in_a_loop(x, out, n, BLOCK: tl.constexpr):
    rows, columns = tl.arange(0, BLOCK)[:, None], tl.arange(0, BLOCK)[None, :]
    value = tl.load(x + rows * BLOCK + columns)
    for _ in range(n):
        value = tl.trans(value) + rows
    tl.store(out + rows * BLOCK + columns, value)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_carried_tensor_is_transposed(turns: int) -> None:
    x, out = torch.randn(32, 32), torch.empty(32, 32)
    flip_in_a_loop[(1,)](x, out, turns, BLOCK=32)
    for _ in range(turns):
        x = x.T + torch.arange(32)[:, None]
    torch.testing.assert_close(out, x)
