"""Segment maximum: a program per segment walks its rows."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def segment_max_kernel(x, offsets, out, dim, ROWS: tl.constexpr, DIM: tl.constexpr):
    segment = tl.program_id(0)
    first, end = tl.load(offsets + segment), tl.load(offsets + segment + 1)
    column = tl.arange(0, DIM)[None, :]
    best = tl.full((ROWS, DIM), float("-inf"), dtype=tl.float32)
    for start in range(first, end, ROWS):
        row = start + tl.arange(0, ROWS)[:, None]
        inside = (row < end) & (column < dim)
        best = tl.maximum(best, tl.load(x + row * dim + column, mask=inside, other=float("-inf")))
    top = tl.where(first < end, tl.max(best, axis=0), 0.0)
    column = tl.arange(0, DIM)
    tl.store(out + segment * dim + column, top, mask=column < dim)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        segments, dim = offsets.shape[0] - 1, x.shape[1]
        out = torch.empty((segments, dim), dtype=x.dtype, device=x.device)
        segment_max_kernel[(segments,)](
            x, offsets, out, dim, ROWS=4, DIM=triton.next_power_of_2(dim)
        )
        return out
