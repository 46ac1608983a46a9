"""Mean and maximum of a plane from a single reading of it."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def global_avg_max_kernel(x, out, channels, pixels, BLOCK: tl.constexpr):
    plane = tl.program_id(0)
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    best = tl.full((BLOCK,), float("-inf"), dtype=tl.float32)
    for start in range(0, pixels, BLOCK):
        at = start + tl.arange(0, BLOCK)
        inside = at < pixels
        value = tl.load(x + plane.to(tl.int64) * pixels + at, mask=inside, other=0.0)
        value = value.to(tl.float32)
        total += value
        best = tl.maximum(best, tl.where(inside, value, float("-inf")))
    place = out + (plane // channels) * 2 * channels + plane % channels
    tl.store(place, tl.sum(total, axis=0) / pixels)
    tl.store(place + channels, tl.max(best, axis=0))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        batch, channels, height, width = x.shape
        out = torch.empty((batch, 2 * channels), dtype=x.dtype, device=x.device)
        global_avg_max_kernel[(batch * channels,)](x, out, channels, height * width, BLOCK=1024)
        return out
