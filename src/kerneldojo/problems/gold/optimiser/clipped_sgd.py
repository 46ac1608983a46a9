"""Partial sums, one factor, and the step: the gradient is read twice, and never written."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def square_sum_kernel(grad, partial, count, CHUNK, BLOCK: tl.constexpr):
    first = tl.program_id(0).to(tl.int64) * CHUNK
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(0, CHUNK, BLOCK):
        at = first + start + tl.arange(0, BLOCK)
        value = tl.load(grad + at, mask=at < count, other=0.0)
        total += value * value
    tl.store(partial + tl.program_id(0), tl.sum(total, axis=0))


@triton.jit
def factor_kernel(partial, factor, parts, rate, limit, BLOCK: tl.constexpr):
    total = tl.zeros((BLOCK,), dtype=tl.float32)
    for start in range(0, parts, BLOCK):
        at = start + tl.arange(0, BLOCK)
        total += tl.load(partial + at, mask=at < parts, other=0.0)
    norm = tl.sqrt(tl.sum(total, axis=0))
    tl.store(factor, rate * tl.minimum(limit / (norm + 1e-6), 1.0))


@triton.jit
def step_kernel(param, grad, factor, out, count, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    slope = tl.load(grad + at, mask=inside)
    value = tl.load(param + at, mask=inside) - tl.load(factor) * slope
    tl.store(out + at, value, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, rate: float, limit: float) -> None:
        super().__init__()
        self.rate = rate
        self.limit = limit

    def forward(self, param: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
        param, grad = param.contiguous(), grad.contiguous()
        out = torch.empty_like(param)
        count, chunk = param.numel(), 16384
        parts = triton.cdiv(count, chunk)
        partial = torch.empty(parts, dtype=torch.float32, device=param.device)
        factor = torch.empty((), dtype=torch.float32, device=param.device)
        square_sum_kernel[(parts,)](grad, partial, count, chunk, BLOCK=1024)
        factor_kernel[(1,)](partial, factor, parts, self.rate, self.limit, BLOCK=1024)
        step_kernel[(triton.cdiv(count, 1024),)](param, grad, factor, out, count, BLOCK=1024)
        return out
