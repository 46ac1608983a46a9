"""Four parameters of a channel become one scale and one shift, applied in one pass."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def batch_norm_kernel(
    x, weight, bias, mean, variance, out, channels, pixels, eps, BLOCK: tl.constexpr
):
    image = tl.program_id(1)
    channel = image % channels
    scale = tl.load(weight + channel).to(tl.float32)
    scale *= tl.rsqrt(tl.load(variance + channel).to(tl.float32) + eps)
    centre = tl.load(mean + channel).to(tl.float32)
    shift = tl.load(bias + channel).to(tl.float32)
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    at = image.to(tl.int64) * pixels + pixel
    value = tl.load(x + at, mask=pixel < pixels).to(tl.float32)
    tl.store(out + at, (value - centre) * scale + shift, mask=pixel < pixels)


class ModelNew(nn.Module):
    def __init__(self, channels: int, dtype: str) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, dtype=getattr(torch, dtype))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        batch, channels, height, width = x.shape
        norm, pixels = self.norm, height * width
        grid = (triton.cdiv(pixels, 1024), batch * channels)
        batch_norm_kernel[grid](
            x,
            norm.weight,
            norm.bias,
            norm.running_mean,
            norm.running_var,
            out,
            channels,
            pixels,
            norm.eps,
            BLOCK=1024,
        )
        return out
