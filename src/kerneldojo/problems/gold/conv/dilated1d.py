"""Dilated convolution as one matrix product per tap, added up in the same tile."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def dilated_kernel(
    x,
    weight,
    bias,
    out,
    inputs,
    outputs,
    length,
    dilation,
    TAPS: tl.constexpr,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
    STEP: tl.constexpr,
):
    which = tl.program_id(2).to(tl.int64)
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    time = tl.program_id(1) * COLS + tl.arange(0, COLS)[None, :]
    x += which * inputs * length
    total = tl.zeros((ROWS, COLS), dtype=tl.float32)
    for tap in tl.static_range(TAPS):
        source = time + (tap - TAPS // 2) * dilation
        for start in range(0, inputs, STEP):
            k = start + tl.arange(0, STEP)
            inside = (row < outputs) & (k[None, :] < inputs)
            at = weight + (row * inputs + k[None, :]) * TAPS + tap
            left = tl.load(at, mask=inside, other=0.0)
            inside = (k[:, None] < inputs) & (source >= 0) & (source < length)
            right = tl.load(x + k[:, None] * length + source, mask=inside, other=0.0)
            total = tl.dot(left, right, total, input_precision="ieee")
    total += tl.load(bias + row, mask=row < outputs, other=0.0)
    at = out + which * outputs * length + row * length + time
    tl.store(at, total, mask=(row < outputs) & (time < length))


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        # Holds the parameters; never called.
        self.conv = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        (batch, inputs, length), outputs = x.shape, self.conv.out_channels
        out = torch.empty((batch, outputs, length), dtype=x.dtype, device=x.device)
        grid = (triton.cdiv(outputs, 64), triton.cdiv(length, 128), batch)
        dilated_kernel[grid](
            x,
            self.conv.weight,
            self.conv.bias,
            out,
            inputs,
            outputs,
            length,
            self.conv.dilation[0],
            TAPS=3,
            ROWS=64,
            COLS=128,
            STEP=32,
            num_warps=8,
        )
        return out
