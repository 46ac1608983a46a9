"""All tensors leave their partial sums in one buffer, which a last kernel adds up."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def square_sum_kernel(x, partial, count, CHUNK, BLOCK: tl.constexpr):
    first = tl.program_id(0).to(tl.int64) * CHUNK
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(0, CHUNK, BLOCK):
        at = first + start + tl.arange(0, BLOCK)
        value = tl.load(x + at, mask=at < count, other=0.0)
        total += value * value
    tl.store(partial + tl.program_id(0), tl.sum(total, axis=0))


@triton.jit
def root_kernel(partial, out, parts, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(0, parts, BLOCK):
        at = start + tl.arange(0, BLOCK)
        total += tl.load(partial + at, mask=at < parts, other=0.0)
    tl.store(out, tl.sqrt(tl.sum(total, axis=0)))


class ModelNew(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        chunk = 16384
        tensors = [a.contiguous(), b.contiguous(), c.contiguous()]
        parts = [triton.cdiv(x.numel(), chunk) for x in tensors]
        partial = torch.empty(sum(parts), dtype=torch.float32, device=a.device)
        for x, own, part in zip(tensors, partial.split(parts), parts, strict=True):
            square_sum_kernel[(part,)](x, own, x.numel(), chunk, BLOCK=1024)
        out = torch.empty((), dtype=a.dtype, device=a.device)
        root_kernel[(1,)](partial, out, partial.numel(), BLOCK=1024)
        return out
