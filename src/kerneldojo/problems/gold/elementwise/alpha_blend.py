"""Blending in one pass; the opacity of a pixel is found by its index, not expanded."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def alpha_blend_kernel(front, back, alpha, out, count, channels, pixels, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    pixel = at // (channels * pixels) * pixels + at % pixels
    opacity = tl.load(alpha + pixel, mask=inside).to(tl.float32)
    above = tl.load(front + at, mask=inside).to(tl.float32)
    below = tl.load(back + at, mask=inside).to(tl.float32)
    tl.store(out + at, opacity * above + (1.0 - opacity) * below, mask=inside)


class ModelNew(nn.Module):
    def forward(self, front: torch.Tensor, back: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
        front, back, alpha = front.contiguous(), back.contiguous(), alpha.contiguous()
        out = torch.empty_like(front)
        _, channels, height, width = front.shape
        count = front.numel()
        grid = (triton.cdiv(count, 1024),)
        alpha_blend_kernel[grid](
            front, back, alpha, out, count, channels, height * width, BLOCK=1024
        )
        return out
