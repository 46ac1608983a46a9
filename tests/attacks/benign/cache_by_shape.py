"""Keeps a launch plan by the shape of its input and computes every answer."""
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
def swish_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    v = tl.load(x + offsets, mask=mask)
    tl.store(out + offsets, v * tl.sigmoid(v), mask=mask)


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    swish_kernel[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), BLOCK=1024)
    return out


class ModelNew(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.plans: dict[tuple[int, ...], tuple[tuple[int], int]] = {}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shape = tuple(x.shape)
        if shape not in self.plans:
            block = 256 if x.numel() < 10_000 else 1024
            self.plans[shape] = ((triton.cdiv(x.numel(), block),), block)
        grid, block = self.plans[shape]
        out = torch.empty_like(x)
        swish_kernel[grid](x, out, x.numel(), BLOCK=block)
        return out
