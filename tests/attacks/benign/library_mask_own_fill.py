"""Converts the mask with the library and fills with its own kernel."""
# problem: suite/elementwise/masked_fill
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
def fill_kernel(x, mask, out, n, value, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < n
    chosen = tl.load(mask + offsets, mask=inside, other=0)
    v = tl.load(x + offsets, mask=inside)
    tl.store(out + offsets, tl.where(chosen != 0, value, v), mask=inside)


class ModelNew(nn.Module):
    def __init__(self, fill: float) -> None:
        super().__init__()
        self.fill = fill

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        grid = (triton.cdiv(x.numel(), 1024),)
        fill_kernel[grid](x, mask.to(torch.int8), out, x.numel(), self.fill, BLOCK=1024)
        return out
