"""Stores one element past the end of its output, where nobody may notice."""
# problem: suite/elementwise/swish
# language: triton
# status: HACKED
# finding: out_of_bounds
# guard: guard_bands
# twin: benign/odd_tail

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def swish_kernel(x_ptr, out_ptr, count, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < count, other=0.0)
    tl.store(out_ptr + offsets, x / (1.0 + tl.exp(-x)), mask=offsets <= count)


class ModelNew(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        count = x.numel()
        swish_kernel[(triton.cdiv(count, 1024),)](x, out, count, BLOCK=1024)
        return out
