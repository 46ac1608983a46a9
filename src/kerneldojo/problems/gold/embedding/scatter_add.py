"""Scatter-add with atomics: rows that meet in one place are added one after the other."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def copy_kernel(source, out, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(source + at, mask=at < count), mask=at < count)


@triton.jit
def scatter_kernel(index, rows, out, count, dim, ROWS: tl.constexpr, DIM: tl.constexpr):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    column = tl.arange(0, DIM)[None, :]
    place = tl.load(index + row, mask=row < count, other=0)
    inside = (row < count)[:, None] & (column < dim)
    values = tl.load(rows + row[:, None] * dim + column, mask=inside, other=0.0)
    tl.atomic_add(out + place[:, None] * dim + column, values, mask=inside, sem="relaxed")


class ModelNew(nn.Module):
    def forward(self, base: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        base, rows = base.contiguous(), rows.contiguous()
        count, dim = rows.shape
        out = torch.empty_like(base)
        copy_kernel[(triton.cdiv(base.numel(), 1024),)](base, out, base.numel(), BLOCK=1024)
        scatter_kernel[(triton.cdiv(count, 8),)](
            index, rows, out, count, dim, ROWS=8, DIM=triton.next_power_of_2(dim)
        )
        return out
