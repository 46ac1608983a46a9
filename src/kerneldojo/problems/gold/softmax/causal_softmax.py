"""Scale, mask and softmax fused; what the mask hides is not even read."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def causal_softmax_kernel(scores, out, tokens, scale, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    seen = col <= row % tokens
    value = tl.load(scores + row * tokens + col, mask=seen, other=-float("inf"))
    value = value.to(tl.float32) * scale
    power = tl.exp(value - tl.max(value, axis=0))
    result = power / tl.sum(power, axis=0)
    tl.store(out + row * tokens + col, result, mask=col < tokens)


class ModelNew(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        scores = scores.contiguous()
        out = torch.empty_like(scores)
        batch, tokens, _ = scores.shape
        block = triton.next_power_of_2(tokens)
        causal_softmax_kernel[(batch * tokens,)](scores, out, tokens, self.scale, BLOCK=block)
        return out
