"""Tries an import that may be missing and raises and catches an exception of its own."""
# problem: suite/elementwise/swish
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
def swish_kernel(x, out, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    v = tl.load(x + offsets, mask=mask)
    tl.store(out + offsets, v * tl.sigmoid(v), mask=mask)


def swish(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    swish_kernel[(triton.cdiv(x.numel(), 1024),)](x, out, x.numel(), BLOCK=1024)
    return out


try:
    import a_module_that_does_not_exist as extra
except ImportError:
    extra = None

try:
    BLOCK = int("not a number")
except ValueError:
    BLOCK = 1024


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return swish(x)
