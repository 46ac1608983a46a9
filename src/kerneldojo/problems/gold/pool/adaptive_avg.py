"""Adaptive pooling: a program adds up one band of rows, then the columns of each cell."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def adaptive_avg_kernel(
    x, out, height, width, grid, ROWS: tl.constexpr, COLS: tl.constexpr, CELLS: tl.constexpr
):
    plane, band = tl.program_id(0).to(tl.int64), tl.program_id(1)
    first, last = band * height // grid, ((band + 1) * height + grid - 1) // grid
    row = first + tl.arange(0, ROWS)[:, None]
    col = tl.arange(0, COLS)[None, :]
    at = x + (plane * height + row) * width + col
    sums = tl.sum(tl.load(at, mask=(row < last) & (col < width), other=0.0), axis=0)
    cell = tl.arange(0, CELLS)
    left, right = cell * width // grid, ((cell + 1) * width + grid - 1) // grid
    member = (col >= left[:, None]) & (col < right[:, None])
    total = tl.sum(tl.where(member, sums[None, :], 0.0), axis=1)
    mean = total / ((last - first) * (right - left)).to(tl.float32)
    tl.store(out + (plane * grid + band) * grid + cell, mean, mask=cell < grid)


class ModelNew(nn.Module):
    def __init__(self, grid: int) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        batch, channels, height, width = x.shape
        grid = self.grid
        out = torch.empty((batch, channels, grid, grid), dtype=x.dtype, device=x.device)
        tallest = height // grid + 2
        adaptive_avg_kernel[(batch * channels, grid)](
            x,
            out,
            height,
            width,
            grid,
            ROWS=triton.next_power_of_2(tallest),
            COLS=triton.next_power_of_2(width),
            CELLS=triton.next_power_of_2(grid),
        )
        return out
