"""Exponent by bit operations and exact scaling, 64 blocks per program."""

import torch
import triton
import triton.language as tl
from torch import nn
from triton.language.extra import libdevice


@triton.jit
def mx_kernel(x, q, exponents, blocks, BLOCKS: tl.constexpr):
    block = tl.program_id(0).to(tl.int64) * BLOCKS + tl.arange(0, BLOCKS)
    at = block[:, None] * 32 + tl.arange(0, 32)[None, :]
    inside = block < blocks
    value = tl.load(x + at, mask=inside[:, None], other=1.0)
    largest = tl.max(tl.abs(value), axis=1)
    # A float32 keeps its exponent, plus 127, in bits 23 to 30.
    exponent = ((largest.to(tl.int32, bitcast=True) >> 23) & 255) - 127 - 6
    inverse = ((127 - exponent) << 23).to(tl.float32, bitcast=True)
    rounded = libdevice.rint(value * inverse[:, None])
    clamped = tl.minimum(tl.maximum(rounded, -128.0), 127.0)
    tl.store(q + at, clamped.to(tl.int8), mask=inside[:, None])
    tl.store(exponents + block, exponent.to(tl.int8), mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = x.contiguous()
        rows, cols = x.shape
        q = torch.empty((rows, cols), dtype=torch.int8, device=x.device)
        exponents = torch.empty((rows, cols // 32), dtype=torch.int8, device=x.device)
        blocks = exponents.numel()
        mx_kernel[(triton.cdiv(blocks, 64),)](x, q, exponents, blocks, BLOCKS=64)
        return q, exponents
