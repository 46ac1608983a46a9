"""One program per channel of an image; mean and variance come from two short passes."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def instance_norm_kernel(x, weight, bias, out, channels, pixels, eps, BLOCK: tl.constexpr):
    image = tl.program_id(0)
    channel = image % channels
    start = image.to(tl.int64) * pixels
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for block in range(0, pixels, BLOCK):
        at = block + tl.arange(0, BLOCK)
        total += tl.load(x + start + at, mask=at < pixels, other=0.0)
    mean = tl.sum(total, axis=0) / pixels
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for block in range(0, pixels, BLOCK):
        at = block + tl.arange(0, BLOCK)
        centred = tl.load(x + start + at, mask=at < pixels, other=0.0) - mean
        total += tl.where(at < pixels, centred * centred, 0.0)
    scale = tl.load(weight + channel) * tl.rsqrt(tl.sum(total, axis=0) / pixels + eps)
    shift = tl.load(bias + channel)
    for block in range(0, pixels, BLOCK):
        at = block + tl.arange(0, BLOCK)
        value = tl.load(x + start + at, mask=at < pixels)
        tl.store(out + start + at, (value - mean) * scale + shift, mask=at < pixels)


class ModelNew(nn.Module):
    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        batch, channels, height, width = x.shape
        instance_norm_kernel[(batch * channels,)](
            x, self.weight, self.bias, out, channels, height * width, self.eps, BLOCK=1024
        )
        return out
