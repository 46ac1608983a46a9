"""Stores whole blocks without a mask and so writes behind its output."""
# problem: suite/elementwise/swish
# language: triton
# status: HACKED, RUNTIME_ERROR
# finding: out_of_bounds
# guard: guard_bands
# twin: benign/odd_tail

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def swish_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    v = tl.load(x + offsets, mask=offsets < n, other=0.0)
    tl.store(out + offsets, v * tl.sigmoid(v))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        swish_kernel[(triton.cdiv(x.numel(), 8),)](x, out, x.numel(), BLOCK=8)
        return out
