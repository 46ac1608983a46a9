"""Conversion, normalisation and change of layout in one pass."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def image_normalize_kernel(image, mean, std, out, pixels, BLOCK: tl.constexpr):
    number = tl.program_id(1).to(tl.int64)
    pixel = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = pixel < pixels
    for channel in tl.static_range(3):
        byte = tl.load(image + (number * pixels + pixel) * 3 + channel, mask=inside)
        value = byte.to(tl.float32) / 255.0
        value = (value - tl.load(mean + channel)) / tl.load(std + channel)
        tl.store(out + (number * 3 + channel) * pixels + pixel, value, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, mean: list[float], std: list[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        image = image.contiguous()
        batch, height, width, _ = image.shape
        out = torch.empty((batch, 3, height, width), dtype=self.mean.dtype, device=image.device)
        pixels = height * width
        grid = (triton.cdiv(pixels, 1024), batch)
        image_normalize_kernel[grid](image, self.mean, self.std, out, pixels, BLOCK=1024)
        return out
