"""Sums blocks of each row in Triton and leaves the partial sums to the library."""
# problem: suite/reduction/row_sum
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
def partial_kernel(x, out, cols, BLOCK: tl.constexpr):
    offsets = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + tl.program_id(0) * cols + offsets, mask=offsets < cols, other=0.0)
    slot = tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    tl.store(out + slot, tl.sum(v, axis=0))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        blocks = triton.cdiv(x.shape[1], 64)
        partial = torch.empty(x.shape[0], blocks)
        partial_kernel[(x.shape[0], blocks)](x, partial, x.shape[1], BLOCK=64)
        return partial.sum(dim=1)
