"""All heads of a token in one program: they share the cosines and sines."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def rotary_kernel(x, cos, sin, out, tokens, heads, half, HEADS: tl.constexpr, HALF: tl.constexpr):
    token = tl.program_id(0).to(tl.int64)
    head = tl.arange(0, HEADS)[:, None]
    channel = tl.arange(0, HALF)[None, :]
    known = channel < half
    angle = (token % tokens) * half + channel
    c = tl.load(cos + angle, mask=known).to(tl.float32)
    s = tl.load(sin + angle, mask=known).to(tl.float32)
    at = (token * heads + head) * 2 * half + channel
    inside = (head < heads) & known
    left = tl.load(x + at, mask=inside).to(tl.float32)
    right = tl.load(x + at + half, mask=inside).to(tl.float32)
    tl.store(out + at, left * c - right * s, mask=inside)
    tl.store(out + at + half, right * c + left * s, mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        x, cos, sin = x.contiguous(), cos.contiguous(), sin.contiguous()
        out = torch.empty_like(x)
        batch, tokens, heads, width = x.shape
        half = width // 2
        sizes = {"HEADS": triton.next_power_of_2(heads), "HALF": triton.next_power_of_2(half)}
        rotary_kernel[(batch * tokens,)](x, cos, sin, out, tokens, heads, half, **sizes)
        return out
