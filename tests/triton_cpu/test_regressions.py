"""Kernels that once came out wrong, each as small as it could be made."""

from __future__ import annotations

import ctypes

import pytest
import torch
import triton
import triton.language as tl

from kerneldojo.triton_cpu import compiler, threads
from kerneldojo.triton_cpu.driver import CPUDriver
from tests.triton_cpu.llvm_harness import narrow_host

SCRATCH = 1 << 20


@pytest.fixture(autouse=True, params=[0x00, 0xFF])
def leftovers(request, tmp_path, monkeypatch):
    """The CPU as Triton's device, and different leftovers in the memory for temporaries."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    previous = triton.runtime.driver._active
    triton.runtime.driver.set_active(CPUDriver())
    ctypes.memset(threads.scratch.reserve(SCRATCH), request.param, SCRATCH)
    yield
    triton.runtime.driver._active = previous


@triton.jit
def count_kernel(values, chosen, counts, n):
    at = tl.arange(0, 64)
    inside = at < n
    kept = tl.load(chosen + at) & inside
    value = tl.load(values + at, mask=kept)
    tl.store(counts + tl.arange(0, 8), tl.histogram(value & 7, 8, mask=inside))


def test_a_mask_made_of_a_kept_mask():
    values = torch.arange(64, dtype=torch.int32)
    counts = torch.zeros(8, dtype=torch.int32)
    count_kernel[(1,)](values, values % 3 > 0, counts, 60)
    kept = torch.where(values % 3 > 0, values & 7, 0)[:60]
    assert torch.equal(counts, torch.bincount(kept, minlength=8).int())


@triton.jit
def shift_kernel(out):
    at = tl.arange(0, 8)
    tl.store(out + at, 3 << at)


def test_a_shift_by_the_index():
    out = torch.zeros(8, dtype=torch.int32)
    shift_kernel[(1,)](out)
    assert out.tolist() == [3 << i for i in range(8)]


@triton.jit
def padded_kernel(values, out, n):
    at = tl.arange(0, 64) - 1
    inside = at.to(tl.uint32) < n.to(tl.uint32)
    tl.store(out + tl.arange(0, 64), tl.load(values + at, mask=inside, other=-7))


def test_a_negative_index_is_large_as_an_unsigned_number():
    out = torch.zeros(64, dtype=torch.int32)
    padded_kernel[(1,)](torch.arange(100, dtype=torch.int32), out, 100)
    assert out.tolist() == [-7, *range(63)]


@triton.jit
def hash_kernel(out):
    at = tl.arange(0, 64)
    tl.store(out + at, (at * 1103515245 + 12345).to(tl.int64))


def test_a_hash_of_the_index_wraps_before_it_is_widened():
    out = torch.zeros(64, dtype=torch.int64)
    hash_kernel[(1,)](out)
    assert torch.equal(out, (torch.arange(64) * 1103515245 + 12345).int().long())


@triton.jit
def half_kernel(x, y, out):
    at = tl.arange(0, 64)
    a, b = tl.load(x + at), tl.load(y + at)
    tl.store(out + at, tl.where(a < b, -(a + b), tl.maximum(a * b, a)))


@pytest.mark.parametrize("bits", [128, 256, 512])
def test_half_precision_where_the_processor_has_none(bits, monkeypatch):
    host = narrow_host(bits)
    monkeypatch.setattr(compiler, "detect", lambda: host)
    x, y, out = torch.randn(64).half(), torch.randn(64).half(), torch.zeros(64).half()
    half_kernel[(1,)](x, y, out)
    assert torch.equal(out, torch.where(x < y, -(x + y), torch.maximum(x * y, x)))
