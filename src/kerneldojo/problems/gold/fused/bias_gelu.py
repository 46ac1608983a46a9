"""Bias and GELU fused, one read and one write."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def bias_gelu_kernel(x, bias, out, count, cols, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(x + at, mask=inside) + tl.load(bias + at % cols, mask=inside)
    # (1 + tanh(u)) / 2 is the sigmoid of 2u; 1.5957691 is 2 * sqrt(2 / pi).
    twice_u = 1.5957691216057308 * (value + 0.044715 * value * value * value)
    tl.store(out + at, value * tl.sigmoid(twice_u), mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        count, cols = x.numel(), x.shape[-1]
        grid = (triton.cdiv(count, 1024),)
        bias_gelu_kernel[grid](x, self.bias, out, count, cols, BLOCK=1024)
        return out
