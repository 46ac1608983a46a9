"""Depthwise 3 x 3 convolution: a program per block of rows of one channel's plane."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def depthwise_kernel(
    x, weight, bias, out, channels, height, width, ROWS: tl.constexpr, COLS: tl.constexpr
):
    plane = tl.program_id(0)
    channel = plane % channels
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)[:, None]
    col = tl.arange(0, COLS)[None, :]
    base = plane.to(tl.int64) * height * width
    total = tl.zeros((ROWS, COLS), dtype=tl.float32) + tl.load(bias + channel).to(tl.float32)
    for dy in tl.static_range(-1, 2):
        for dx in tl.static_range(-1, 2):
            y, z = row + dy, col + dx
            inside = (y >= 0) & (y < height) & (z >= 0) & (z < width)
            tap = tl.load(weight + channel * 9 + (dy + 1) * 3 + dx + 1).to(tl.float32)
            total += tap * tl.load(x + base + y * width + z, mask=inside, other=0.0)
    tl.store(out + base + row * width + col, total, mask=(row < height) & (col < width))


class ModelNew(nn.Module):
    def __init__(self, channels: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        # Holds the parameters; never called.
        self.conv = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, dtype=kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        batch, channels, height, width = x.shape
        out = torch.empty_like(x)
        rows, cols = 16, triton.next_power_of_2(width)
        depthwise_kernel[(batch * channels, triton.cdiv(height, rows))](
            x, self.conv.weight, self.conv.bias, out, channels, height, width, ROWS=rows, COLS=cols
        )
        return out
