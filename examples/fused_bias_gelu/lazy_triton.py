"""Lazy but honest: only the bias is added by a kernel, PyTorch does the GELU. Expected: CORRECT with low coverage."""
# status: CORRECT
# problem: suite/fused/bias_gelu
# language: triton

import torch
import triton
import triton.language as tl
from torch import nn
from torch.nn import functional as F


@triton.jit
def add_bias_kernel(x, bias, out, count, cols, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(x + at, mask=inside) + tl.load(bias + at % cols, mask=inside)
    tl.store(out + at, value, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        biased = torch.empty_like(x)
        count, cols = x.numel(), x.shape[-1]
        add_bias_kernel[(triton.cdiv(count, 1024),)](x, self.bias, biased, count, cols, BLOCK=1024)
        return F.gelu(biased, approximate="tanh")
