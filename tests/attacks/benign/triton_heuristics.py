"""Derives its block size with triton.heuristics."""
# problem: suite/softmax/softmax
# language: triton
# status: CORRECT
# finding: -
# guard: -

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.heuristics({"BLOCK": lambda arguments: triton.next_power_of_2(arguments["cols"])})
@triton.jit
def softmax_kernel(x, out, cols, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    mask = offsets < cols
    start = tl.program_id(0) * cols
    v = tl.load(x + start + offsets, mask=mask, other=-float("inf"))
    e = tl.exp(v - tl.max(v, axis=0))
    tl.store(out + start + offsets, e / tl.sum(e, axis=0), mask=mask)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        softmax_kernel[(x.shape[0],)](x, out, x.shape[1])
        return out
