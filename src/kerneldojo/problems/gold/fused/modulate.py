"""Layer norm, scale and shift fused: one program reads a token once and writes it once."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def modulate_kernel(x, scale, shift, out, tokens, width, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    sample = row // tokens * width
    col = tl.arange(0, BLOCK)
    inside = col < width
    value = tl.load(x + row * width + col, mask=inside, other=0.0).to(tl.float32)
    mean = tl.sum(value, axis=0) / width
    centred = tl.where(inside, value - mean, 0.0)
    variance = tl.sum(centred * centred, axis=0) / width
    factor = 1.0 + tl.load(scale + sample + col, mask=inside, other=0.0).to(tl.float32)
    offset = tl.load(shift + sample + col, mask=inside, other=0.0).to(tl.float32)
    result = centred * tl.rsqrt(variance + eps) * factor + offset
    tl.store(out + row * width + col, result, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        x, scale, shift = x.contiguous(), scale.contiguous(), shift.contiguous()
        out = torch.empty_like(x)
        batch, tokens, width = x.shape
        block = triton.next_power_of_2(width)
        modulate_kernel[(batch * tokens,)](
            x, scale, shift, out, tokens, width, self.eps, BLOCK=block
        )
        return out
