"""Scans blocks of each row on their own and adds the carries in a second pass."""
# problem: suite/scan/cumsum
# language: triton
# status: CORRECT
# finding: -
# guard: -

from __future__ import annotations

import torch
from torch import nn
import triton
import triton.language as tl


@triton.jit
def scan_kernel(x, out, cols, BLOCK: tl.constexpr):
    start = tl.program_id(0) * cols
    carry = 0.0
    for block in range(0, cols, BLOCK):
        offsets = block + tl.arange(0, BLOCK)
        mask = offsets < cols
        v = tl.load(x + start + offsets, mask=mask, other=0.0)
        tl.store(out + start + offsets, tl.cumsum(v, axis=0) + carry, mask=mask)
        carry += tl.sum(v, axis=0)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        scan_kernel[(x.shape[0],)](x, out, x.shape[1], BLOCK=64)
        return out
