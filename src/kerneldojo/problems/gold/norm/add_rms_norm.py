"""Residual addition and normalisation fused: the sum is written, but never read back."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def add_rms_norm_kernel(x, residual, weight, out, total, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=0.0).to(tl.float32)
    value += tl.load(residual + row + col, mask=inside, other=0.0).to(tl.float32)
    tl.store(total + row + col, value, mask=inside)
    rstd = tl.rsqrt(tl.sum(value * value, axis=0) / cols + eps)
    scale = tl.load(weight + col, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row + col, value * rstd * scale, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float, dtype: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols, dtype=getattr(torch, dtype)))
        self.eps = eps

    def forward(self, x: torch.Tensor, residual: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, residual = x.contiguous(), residual.contiguous()
        out, total = torch.empty_like(x), torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        add_rms_norm_kernel[(rows,)](
            x, residual, self.weight, out, total, cols, self.eps, BLOCK=block, num_warps=8
        )
        return out, total
