"""Mish in one pass; tanh of softplus is a quotient of polynomials in exp(x)."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def mish_kernel(x, out, count, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(x + at, mask=inside).to(tl.float32)
    # tanh(log(1 + p)) = p (p + 2) / (p (p + 2) + 2), and 1 in float32 from exp(20) on.
    power = tl.exp(tl.minimum(value, 20.0))
    ratio = power * (power + 2.0)
    result = value * ratio / (ratio + 2.0)
    tl.store(out + at, result, mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        grid = (triton.cdiv(x.numel(), 1024),)
        mish_kernel[grid](x, out, x.numel(), BLOCK=1024)
        return out
