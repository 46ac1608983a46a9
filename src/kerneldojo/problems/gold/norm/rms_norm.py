"""One program per row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def rms_norm_kernel(x, weight, out, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=0.0)
    mean_square = tl.sum(value * value, axis=0) / cols
    scale = tl.load(weight + col, mask=inside, other=0.0)
    tl.store(out + row + col, value / tl.sqrt(mean_square + eps) * scale, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        rms_norm_kernel[(rows,)](x, self.weight, out, cols, self.eps, BLOCK=block)
        return out
