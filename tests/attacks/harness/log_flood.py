"""Floods stdout and stderr with 16 MB and answers wrongly."""
# problem: suite/elementwise/swish
# language: triton
# status: WRONG_VALUE, RUNTIME_ERROR
# finding: -
# guard: limits, oracle
# twin: benign/moderate_printing

from __future__ import annotations

import sys
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


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        line = "x" * 65535
        for _ in range(128):
            print(line)
            print(line, file=sys.stderr)
        return swish(x) + 1.0
