"""A 1 x 1 convolution is a matrix product; normalisation and ReLU6 follow in registers."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def pointwise_norm_relu6_kernel(
    x,
    weight,
    scale,
    shift,
    mean,
    variance,
    out,
    inputs,
    outputs,
    pixels,
    eps,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
    STEP: tl.constexpr,
):
    image = tl.program_id(2).to(tl.int64)
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    col = tl.program_id(1) * COLS + tl.arange(0, COLS)[None, :]
    x += image * inputs * pixels
    total = tl.zeros((ROWS, COLS), dtype=tl.float32)
    for start in range(0, inputs, STEP):
        k = start + tl.arange(0, STEP)
        inside = (row < outputs) & (k[None, :] < inputs)
        left = tl.load(weight + row * inputs + k[None, :], mask=inside, other=0.0)
        inside = (k[:, None] < inputs) & (col < pixels)
        right = tl.load(x + k[:, None] * pixels + col, mask=inside, other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    known = row < outputs
    factor = tl.load(scale + row, mask=known, other=0.0)
    factor /= tl.sqrt(tl.load(variance + row, mask=known, other=1.0) + eps)
    total = (total - tl.load(mean + row, mask=known, other=0.0)) * factor
    total += tl.load(shift + row, mask=known, other=0.0)
    total = tl.minimum(tl.maximum(total, 0.0), 6.0)
    at = out + image * outputs * pixels + row * pixels + col
    tl.store(at, total, mask=known & (col < pixels))


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        # These hold the parameters; they are never called.
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        nn.init.normal_(self.norm.weight, mean=2.0, std=0.5)
        nn.init.normal_(self.norm.bias, std=1.0)
        nn.init.normal_(self.norm.running_mean, std=0.3)
        nn.init.uniform_(self.norm.running_var, 0.1, 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        (batch, inputs, height, width), outputs = x.shape, self.conv.out_channels
        out = torch.empty((batch, outputs, height, width), dtype=x.dtype, device=x.device)
        grid = (triton.cdiv(outputs, 32), triton.cdiv(height * width, 128), batch)
        pointwise_norm_relu6_kernel[grid](
            x,
            self.conv.weight,
            self.norm.weight,
            self.norm.bias,
            self.norm.running_mean,
            self.norm.running_var,
            out,
            inputs,
            outputs,
            height * width,
            self.norm.eps,
            ROWS=32,
            COLS=128,
            STEP=32,
        )
        return out
