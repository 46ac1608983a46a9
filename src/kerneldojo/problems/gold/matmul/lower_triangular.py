"""Product with a lower triangular matrix that stops at the diagonal: half of the work."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def lower_triangular_kernel(a, b, out, size, cols, TILE: tl.constexpr, STEP: tl.constexpr):
    # The longest rows start first, so that the last program to finish is a short one.
    tile = tl.num_programs(0) - 1 - tl.program_id(0)
    row = tile * TILE + tl.arange(0, TILE)[:, None]
    col = tl.program_id(1) * TILE + tl.arange(0, TILE)[None, :]
    total = tl.zeros((TILE, TILE), dtype=tl.float32)
    for start in range(0, tl.minimum((tile + 1) * TILE, size), STEP):
        k = start + tl.arange(0, STEP)
        below = (row < size) & (k[None, :] <= row)
        left = tl.load(a + row * size + k[None, :], mask=below, other=0.0)
        inside = (k[:, None] < size) & (col < cols)
        right = tl.load(b + k[:, None] * cols + col, mask=inside, other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    tl.store(out + row * cols + col, total, mask=(row < size) & (col < cols))


class ModelNew(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        a, b = a.contiguous(), b.contiguous()
        size, cols = b.shape
        out = torch.empty_like(b)
        grid = (triton.cdiv(size, 64), triton.cdiv(cols, 64))
        lower_triangular_kernel[grid](a, b, out, size, cols, TILE=64, STEP=32)
        return out
