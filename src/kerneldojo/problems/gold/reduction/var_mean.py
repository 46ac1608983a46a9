"""Both statistics from one read of each row; the variance from centred values."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def var_mean_kernel(x, variance, mean, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row * cols + col, mask=inside, other=0.0).to(tl.float32)
    centre = tl.sum(value, axis=0) / cols
    centred = tl.where(inside, value - centre, 0.0)
    tl.store(variance + row, tl.sum(centred * centred, axis=0) / (cols - 1))
    tl.store(mean + row, centre)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = x.contiguous()
        rows, cols = x.shape
        variance = torch.empty(rows, dtype=x.dtype, device=x.device)
        mean = torch.empty_like(variance)
        block = triton.next_power_of_2(cols)
        var_mean_kernel[(rows,)](x, variance, mean, cols, BLOCK=block, num_warps=8)
        return variance, mean
