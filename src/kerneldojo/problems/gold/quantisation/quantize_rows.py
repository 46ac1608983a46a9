"""Maximum and rounding from one read of each row."""

import torch
import triton
import triton.language as tl
from torch import nn
from triton.language.extra import libdevice


@triton.jit
def quantize_kernel(x, q, scale, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row * cols + col, mask=inside, other=0.0)
    # Plain `/` may be off by an ulp on a GPU, and rounding turns that into another integer.
    step = tl.math.div_rn(tl.max(tl.abs(value), axis=0), 127.0)
    rounded = libdevice.rint(tl.math.div_rn(value, step))
    tl.store(q + row * cols + col, rounded.to(tl.int8), mask=inside)
    tl.store(scale + row, step)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = x.contiguous()
        rows, cols = x.shape
        q = torch.empty((rows, cols), dtype=torch.int8, device=x.device)
        scale = torch.empty((rows, 1), dtype=x.dtype, device=x.device)
        block = triton.next_power_of_2(cols)
        quantize_kernel[(rows,)](x, q, scale, cols, BLOCK=block, num_warps=8)
        return q, scale
