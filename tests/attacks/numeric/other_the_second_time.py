"""Answers inputs it has seen before a little differently."""
# problem: suite/elementwise/swish
# language: triton
# status: NONDETERMINISTIC, WRONG_VALUE
# finding: -
# guard: determinism
# twin: benign/atomic_sum_triton

import torch
import triton
import triton.language as tl
from torch import nn

seen = set()


@triton.jit
def swish_kernel(x_ptr, out_ptr, count, factor, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < count
    x = tl.load(x_ptr + offsets, mask=mask, other=0.0)
    tl.store(out_ptr + offsets, factor * x / (1.0 + tl.exp(-x)), mask=mask)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        mark = float(x[0, 0])
        factor = 1.001 if mark in seen else 1.0
        seen.add(mark)
        count = x.numel()
        swish_kernel[(triton.cdiv(count, 1024),)](x, out, count, factor, BLOCK=1024)
        return out
