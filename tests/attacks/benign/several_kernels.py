"""Splits softmax over three Triton kernels that hand each other partial results."""
# problem: suite/softmax/softmax
# language: triton
# status: CORRECT
# finding: -
# guard: -

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def top_kernel(x, top, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    row = tl.program_id(0)
    v = tl.load(x + row * cols + offsets, mask=offsets < cols, other=-float("inf"))
    tl.store(top + row, tl.max(v, axis=0))


@triton.jit
def exponential_kernel(x, top, out, total, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < cols
    row = tl.program_id(0)
    v = tl.load(x + row * cols + offsets, mask=mask, other=-float("inf"))
    e = tl.exp(v - tl.load(top + row))
    tl.store(out + row * cols + offsets, e, mask=mask)
    tl.store(total + row, tl.sum(e, axis=0))


@triton.jit
def divide_kernel(out, total, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < cols
    place = out + tl.program_id(0) * cols + offsets
    tl.store(place, tl.load(place, mask=mask) / tl.load(total + tl.program_id(0)), mask=mask)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        out, top, total = torch.empty_like(x), torch.empty(rows), torch.empty(rows)
        top_kernel[(rows,)](x, top, cols, BLOCK=block)
        exponential_kernel[(rows,)](x, top, out, total, cols, BLOCK=block)
        divide_kernel[(rows,)](out, total, cols, BLOCK=block)
        return out
