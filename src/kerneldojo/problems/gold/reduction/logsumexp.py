"""Maximum and sum in one read of each row, which is kept in registers."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def logsumexp_kernel(x, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    value = tl.load(x + row * cols + col, mask=col < cols, other=-float("inf")).to(tl.float32)
    largest = tl.max(value, axis=0)
    total = tl.sum(tl.exp(value - largest), axis=0)
    tl.store(out + row, largest + tl.log(total))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        rows, cols = x.shape
        out = torch.empty(rows, dtype=x.dtype, device=x.device)
        block = triton.next_power_of_2(cols)
        logsumexp_kernel[(rows,)](x, out, cols, BLOCK=block, num_warps=8)
        return out
