"""Pointers as data, atomics that wait, values nobody set."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from tests.triton_cpu.language import on_the_cpu

__all__ = ["on_the_cpu"]


@triton.jit
def store_addresses(x, table, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    tl.store(table + places, (x + 2 * places).to(tl.int64))
    tl.store(table + BLOCK + places, tl.ravel(tl.join(x + places, x + places))[:].to(tl.int64))


@triton.jit
def follow_addresses(table, out, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    tl.store(out + places, tl.load(tl.load(table + places).to(tl.pointer_type(tl.float32))))


def test_addresses_are_data() -> None:
    x = torch.randn(64)
    table = torch.tensor([x.data_ptr() + 4 * ((7 * i) % 64) for i in range(32)])
    out = torch.empty(32)
    follow_addresses[(1,)](table, out, BLOCK=32)
    assert torch.equal(out, x[(7 * torch.arange(32)) % 64])


@triton.jit
def choose_address(x, y, out, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    both = tl.join(x + places, y + 2 * places)
    tl.store(out + places[:, None] * 2 + tl.arange(0, 2)[None, :], tl.load(both))


def test_joined_pointers_count_in_their_own_elements() -> None:
    x, y, out = torch.randn(16), torch.randn(32), torch.empty(16, 2)
    choose_address[(1,)](x, y, out, BLOCK=16)
    assert torch.equal(out, torch.stack([x, y[::2]], 1))


@triton.jit
def many_dimensions(x, out):
    value = tl.reshape(tl.load(x + tl.arange(0, 64)), (2, 2, 2, 2, 2, 2))
    places = tl.reshape(tl.arange(0, 64), (2, 2, 2, 2, 2, 2))
    places = tl.permute(places, (5, 4, 3, 2, 1, 0))
    tl.store(out + places, value)


def test_pointers_of_many_small_dimensions() -> None:
    x, out = torch.randn(64), torch.empty(64)
    many_dimensions[(1,)](x, out)
    expected = torch.empty(64)
    order = torch.arange(64).reshape([2] * 6).permute(5, 4, 3, 2, 1, 0).flatten()
    expected[order] = x
    assert torch.equal(out, expected)


@triton.jit
def hand_over(flags, data, out, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    if tl.program_id(0) == 0:
        tl.store(data + places, places + 1)
        tl.atomic_xchg(flags, 1, sem="release")
    else:
        tl.store(out + BLOCK, tl.atomic_poll(flags, 1).to(tl.int32))
        tl.store(out + places, tl.load(data + places))


def test_a_program_waits_for_another() -> None:
    flags, data = torch.zeros(1, dtype=torch.int32), torch.zeros(64, dtype=torch.int32)
    out = torch.zeros(65, dtype=torch.int32)
    hand_over[(2,)](flags, data, out, BLOCK=64)
    assert out.tolist() == [*range(1, 65), 1]


@triton.jit
def look_at_all(flags, out, budget, BLOCK: tl.constexpr):
    places = tl.arange(0, BLOCK)
    seen = tl.atomic_poll(flags + places, 1, timeout_ns=budget)
    tl.store(out + places, seen.to(tl.int32))


def test_waiting_ends_when_time_is_up() -> None:
    flags = torch.tensor([0, 1, 1, 0] * 4, dtype=torch.int32)
    out = torch.full((16,), 7, dtype=torch.int32)
    look_at_all[(1,)](flags, out, 1000, BLOCK=16)
    assert torch.equal(out, flags)


@triton.jit
def maybe(x, flag):
    if flag:
        return x
    return x * 2


@triton.jit
def poison(out, flag):
    tl.store(out, maybe(tl.load(out), flag))


def test_every_path_gives_a_value() -> None:
    out = torch.tensor([3.0])
    poison[(1,)](out, 0)
    assert out.item() == 6.0
