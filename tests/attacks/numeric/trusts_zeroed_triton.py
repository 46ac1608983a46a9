"""Adds atomically into torch.empty and trusts that fresh memory is zero."""
# problem: suite/reduction/row_sum
# language: triton
# status: WRONG_VALUE, NONDETERMINISTIC
# finding: -
# guard: poison
# twin: benign/atomic_sum

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def row_sum_kernel(x, out, cols, BLOCK: tl.constexpr):
    start = tl.program_id(0) * cols
    offsets = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + start + offsets, mask=offsets < cols, other=0.0)
    tl.atomic_add(out + tl.program_id(0), tl.sum(v, axis=0))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty(x.shape[0])
        grid = (x.shape[0], triton.cdiv(x.shape[1], 64))
        row_sum_kernel[grid](x, out, x.shape[1], BLOCK=64)
        return out
