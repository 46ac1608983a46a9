"""Scaling, rounding, clamping and scaling back in one pass over memory."""

import torch
import triton
import triton.language as tl
from torch import nn
from triton.language.extra import libdevice


@triton.jit
def fake_quantize_kernel(x, bits, out, count, cols, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    places = tl.load(bits + at % cols, mask=inside, other=0)
    steps = (1 << places.to(tl.int32)).to(tl.float32)
    rounded = libdevice.rint(tl.load(x + at, mask=inside, other=0.0) * steps)
    clamped = tl.minimum(tl.maximum(rounded, -128.0), 127.0)
    tl.store(out + at, clamped / steps, mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, bits: torch.Tensor) -> torch.Tensor:
        x, bits = x.contiguous(), bits.contiguous()
        out = torch.empty_like(x)
        count, cols = x.numel(), x.shape[-1]
        grid = (triton.cdiv(count, 1024),)
        fake_quantize_kernel[grid](x, bits, out, count, cols, BLOCK=1024)
        return out
