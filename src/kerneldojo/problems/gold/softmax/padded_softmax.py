"""Mask and softmax fused; the padding is not even read."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def padded_softmax_kernel(x, lengths, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < tl.load(lengths + row)
    value = tl.load(x + row * cols + col, mask=inside, other=-float("inf")).to(tl.float32)
    power = tl.exp(value - tl.max(value, axis=0))
    result = power / tl.sum(power, axis=0)
    tl.store(out + row * cols + col, result, mask=col < cols)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        x, lengths = x.contiguous(), lengths.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        padded_softmax_kernel[(rows,)](x, lengths, out, cols, BLOCK=block, num_warps=8)
        return out
