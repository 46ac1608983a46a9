"""Causal convolution with a few taps and SiLU in one pass; the padding is only a mask."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def causal_depthwise_silu_kernel(
    x, weight, bias, out, channels, length, TAPS: tl.constexpr, BLOCK: tl.constexpr
):
    line = tl.program_id(0)
    channel = line % channels
    time = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    base = line.to(tl.int64) * length
    total = tl.zeros((BLOCK,), dtype=tl.float32) + tl.load(bias + channel).to(tl.float32)
    for tap in tl.static_range(TAPS):
        past = time - (TAPS - 1 - tap)
        value = tl.load(x + base + past, mask=(past >= 0) & (past < length), other=0.0)
        total += tl.load(weight + channel * TAPS + tap).to(tl.float32) * value
    tl.store(out + base + time, total * tl.sigmoid(total), mask=time < length)


class ModelNew(nn.Module):
    def __init__(self, channels: int, taps: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        # Holds the parameters; never called.
        self.conv = nn.Conv1d(channels, channels, taps, groups=channels, dtype=kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        batch, channels, length = x.shape
        out = torch.empty_like(x)
        weight, bias = self.conv.weight, self.conv.bias
        causal_depthwise_silu_kernel[(batch * channels, triton.cdiv(length, 1024))](
            x, weight, bias, out, channels, length, TAPS=weight.shape[2], BLOCK=1024
        )
        return out
