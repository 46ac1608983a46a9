"""Norm, division and length from one read of each row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def weight_norm_kernel(v, g, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(v + row * cols + col, mask=inside, other=0.0).to(tl.float32)
    length = tl.load(g + row).to(tl.float32)
    scale = length / tl.sqrt(tl.sum(value * value, axis=0))
    tl.store(out + row * cols + col, value * scale, mask=inside)


class ModelNew(nn.Module):
    def forward(self, v: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
        v, g = v.contiguous(), g.contiguous()
        out = torch.empty_like(v)
        rows, cols = v.shape
        block = triton.next_power_of_2(cols)
        weight_norm_kernel[(rows,)](v, g, out, cols, BLOCK=block, num_warps=8)
        return out
