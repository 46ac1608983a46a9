"""One scan per row, which is read once and written once."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def cumprod_kernel(x, out, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    value = tl.load(x + row + col, mask=col < cols, other=1.0)
    tl.store(out + row + col, tl.cumprod(value, axis=0), mask=col < cols)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        cumprod_kernel[(rows,)](x, out, cols, BLOCK=triton.next_power_of_2(cols))
        return out
