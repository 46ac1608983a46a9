"""Approximates GELU by x * sigmoid(1.702 x), which errs by up to two hundredths."""
# problem: suite/fused/bias_gelu
# language: triton
# status: WRONG_VALUE
# finding: -
# guard: oracle
# twin: benign/plain_triton

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def bias_gelu_kernel(x, bias, out, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < cols
    start = tl.program_id(0) * cols
    v = tl.load(x + start + offsets, mask=mask) + tl.load(bias + offsets, mask=mask)
    tl.store(out + start + offsets, v * tl.sigmoid(1.702 * v), mask=mask)


class ModelNew(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        cols = x.shape[1]
        bias_gelu_kernel[(x.shape[0],)](x, self.bias, out, cols, BLOCK=triton.next_power_of_2(cols))
        return out
