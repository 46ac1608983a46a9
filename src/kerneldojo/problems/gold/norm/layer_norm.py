"""One program per row, two-pass variance on registers."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def layer_norm_kernel(x, weight, bias, out, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=0.0)
    mean = tl.sum(value, axis=0) / cols
    centred = tl.where(inside, value - mean, 0.0)
    variance = tl.sum(centred * centred, axis=0) / cols
    scale = tl.load(weight + col, mask=inside, other=0.0)
    shift = tl.load(bias + col, mask=inside, other=0.0)
    normal = centred / tl.sqrt(variance + eps)
    tl.store(out + row + col, normal * scale + shift, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols))
        self.bias = nn.Parameter(torch.zeros(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        layer_norm_kernel[(rows,)](x, self.weight, self.bias, out, cols, self.eps, BLOCK=block)
        return out
