"""Division, tanh and scaling in one pass over memory."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def softcap_kernel(x, out, count, cap, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(x + at, mask=inside).to(tl.float32)
    # tanh(u) = 2 sigmoid(2u) - 1
    result = cap * (2.0 * tl.sigmoid(2.0 * value / cap) - 1.0)
    tl.store(out + at, result, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, cap: float) -> None:
        super().__init__()
        self.cap = cap

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        out = torch.empty_like(x)
        grid = (triton.cdiv(x.numel(), 1024),)
        softcap_kernel[grid](x, out, x.numel(), self.cap, BLOCK=1024)
        return out
