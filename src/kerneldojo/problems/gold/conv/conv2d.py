"""3 x 3 convolution as nine matrix products over shifted images (implicit GEMM)."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def conv_kernel(
    x,
    weight,
    bias,
    out,
    inputs,
    outputs,
    height,
    width,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
    STEP: tl.constexpr,
):
    image = tl.program_id(2).to(tl.int64)
    pixels = height * width
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    pixel = tl.program_id(1) * COLS + tl.arange(0, COLS)[None, :]
    y, z = pixel // width, pixel % width
    x += image * inputs * pixels
    total = tl.zeros((ROWS, COLS), dtype=tl.float32)
    for tap in range(9):
        dy, dz = tap // 3 - 1, tap % 3 - 1
        there = (y + dy >= 0) & (y + dy < height) & (z + dz >= 0) & (z + dz < width)
        source = pixel + dy * width + dz
        for start in range(0, inputs, STEP):
            k = start + tl.arange(0, STEP)
            inside = (row < outputs) & (k[None, :] < inputs)
            left = tl.load(weight + (row * inputs + k[None, :]) * 9 + tap, mask=inside, other=0.0)
            inside = (k[:, None] < inputs) & there
            right = tl.load(x + k[:, None] * pixels + source, mask=inside, other=0.0)
            total = tl.dot(left, right, total, input_precision="ieee")
    total += tl.load(bias + row, mask=row < outputs, other=0.0)
    at = out + image * outputs * pixels + row * pixels + pixel
    tl.store(at, total, mask=(row < outputs) & (pixel < pixels))


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # Holds the parameters; never called.
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        (batch, inputs, height, width), outputs = x.shape, self.conv.out_channels
        out = torch.empty((batch, outputs, height, width), dtype=x.dtype, device=x.device)
        grid = (triton.cdiv(outputs, 32), triton.cdiv(height * width, 128), batch)
        conv_kernel[grid](
            x,
            self.conv.weight,
            self.conv.bias,
            out,
            inputs,
            outputs,
            height,
            width,
            ROWS=32,
            COLS=128,
            STEP=32,
        )
        return out
