"""Norm and division from one read of each row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def l2_normalize_kernel(x, out, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=0.0).to(tl.float32)
    norm = tl.sqrt(tl.sum(value * value, axis=0))
    tl.store(out + row + col, value / tl.maximum(norm, eps), mask=inside)


class ModelNew(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        l2_normalize_kernel[(rows,)](x, out, cols, self.eps, BLOCK=block, num_warps=8)
        return out
