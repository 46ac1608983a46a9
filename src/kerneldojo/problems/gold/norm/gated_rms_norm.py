"""Gate and normalisation fused: the gated row stays in registers."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def gated_rms_norm_kernel(x, z, weight, out, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64) * cols
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row + col, mask=inside, other=0.0).to(tl.float32)
    gate = tl.load(z + row + col, mask=inside, other=0.0).to(tl.float32)
    value *= gate * tl.sigmoid(gate)
    rstd = tl.rsqrt(tl.sum(value * value, axis=0) / cols + eps)
    scale = tl.load(weight + col, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + row + col, value * rstd * scale, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float, dtype: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols, dtype=getattr(torch, dtype)))
        self.eps = eps

    def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        x, z = x.contiguous(), z.contiguous()
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        gated_rms_norm_kernel[(rows,)](
            x, z, self.weight, out, cols, self.eps, BLOCK=block, num_warps=8
        )
        return out
