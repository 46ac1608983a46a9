"""Calls helper functions decorated with triton.jit from its kernel."""
# problem: suite/elementwise/swish
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
def logistic(v):
    return 1.0 / (1.0 + tl.exp(-v))


@triton.jit
def gate(v):
    return v * logistic(v)


@triton.jit
def swish_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, gate(tl.load(x + offsets, mask=mask)), mask=mask)


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    swish_kernel[(triton.cdiv(x.numel(), 512),)](x, out, x.numel(), BLOCK=512)
    return out


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return swish(x)
