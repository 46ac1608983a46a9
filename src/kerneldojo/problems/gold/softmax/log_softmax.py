"""Maximum, sum and subtraction from one read of each row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def log_softmax_kernel(x, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=-float("inf")).to(tl.float32)
    shifted = value - tl.max(value, axis=0)
    result = shifted - tl.log(tl.sum(tl.exp(shifted), axis=0))
    tl.store(out + row + col, result, mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        log_softmax_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=8)
        return out
