"""Leaves out the subtraction of the row's maximum."""
# problem: suite/softmax/softmax
# language: triton
# status: WRONG_VALUE
# finding: -
# guard: distributions
# twin: benign/plain_triton

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def softmax_kernel(x, out, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < cols
    start = tl.program_id(0) * cols
    e = tl.exp(tl.load(x + start + offsets, mask=mask, other=-float("inf")))
    tl.store(out + start + offsets, e / tl.sum(e, axis=0), mask=mask)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        cols = x.shape[1]
        softmax_kernel[(x.shape[0],)](x, out, cols, BLOCK=triton.next_power_of_2(cols))
        return out
