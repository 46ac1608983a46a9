"""One program per group of channels, which lie side by side; variance in a second pass."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def group_norm_kernel(x, weight, bias, out, groups, channels, pixels, eps, BLOCK: tl.constexpr):
    size = channels // groups * pixels
    start = tl.program_id(0).to(tl.int64) * size
    first_channel = tl.program_id(0) % groups * (channels // groups)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for block in range(0, size, BLOCK):
        at = block + tl.arange(0, BLOCK)
        total += tl.load(x + start + at, mask=at < size, other=0.0).to(tl.float32)
    mean = tl.sum(total, axis=0) / size
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for block in range(0, size, BLOCK):
        at = block + tl.arange(0, BLOCK)
        value = tl.load(x + start + at, mask=at < size, other=0.0).to(tl.float32)
        centred = tl.where(at < size, value - mean, 0.0)
        total += centred * centred
    rstd = tl.rsqrt(tl.sum(total, axis=0) / size + eps)
    for block in range(0, size, BLOCK):
        at = block + tl.arange(0, BLOCK)
        inside = at < size
        channel = first_channel + at // pixels
        value = tl.load(x + start + at, mask=inside).to(tl.float32)
        scale = tl.load(weight + channel, mask=inside).to(tl.float32)
        shift = tl.load(bias + channel, mask=inside).to(tl.float32)
        tl.store(out + start + at, (value - mean) * rstd * scale + shift, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, groups: int, channels: int, eps: float, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.weight = nn.Parameter(torch.ones(channels, dtype=kind))
        self.bias = nn.Parameter(torch.zeros(channels, dtype=kind))
        self.groups = groups
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        batch, channels, height, width = x.shape
        group_norm_kernel[(batch * self.groups,)](
            x,
            self.weight,
            self.bias,
            out,
            self.groups,
            channels,
            height * width,
            self.eps,
            BLOCK=1024,
        )
        return out
