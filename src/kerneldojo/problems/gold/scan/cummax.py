"""A scan per block of columns, the largest so far carried along the row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def cummax_kernel(x, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    carry = tl.full((1,), -float("inf"), dtype=tl.float32)
    for start in range(0, cols, BLOCK):
        col = start + tl.arange(0, BLOCK)
        inside = col < cols
        value = tl.load(x + row + col, mask=inside, other=-float("inf")).to(tl.float32)
        running = tl.maximum(tl.associative_scan(value, 0, larger), carry)
        tl.store(out + row + col, running, mask=inside)
        carry = tl.maximum(carry, tl.max(value, axis=0))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        cummax_kernel[(rows,)](x, out, cols, BLOCK=512)
        return out
