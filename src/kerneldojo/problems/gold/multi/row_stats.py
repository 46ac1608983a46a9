"""Three statistics from one read of each row."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def row_stats_kernel(x, least, largest, where, cols, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    value = tl.load(x + row * cols + col, mask=inside, other=-float("inf"))
    best = tl.max(value, axis=0)
    tl.store(largest + row, best)
    tl.store(least + row, tl.min(tl.where(inside, value, float("inf")), axis=0))
    # Columns outside come after every real one, so the least index is a real one.
    tl.store(where + row, tl.min(tl.where(value == best, col, BLOCK), axis=0).to(tl.int64))


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = x.contiguous()
        rows, cols = x.shape
        least = torch.empty(rows, dtype=x.dtype, device=x.device)
        largest = torch.empty_like(least)
        where = torch.empty(rows, dtype=torch.int64, device=x.device)
        block = triton.next_power_of_2(cols)
        row_stats_kernel[(rows,)](x, least, largest, where, cols, BLOCK=block)
        return {"min": least, "max": largest, "argmax": where}
