"""Average pooling that adds up the places inside the image and counts them as it goes."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def avg_pool_kernel(
    x, out, height, width, rows, cols, ROWS: tl.constexpr, COLS: tl.constexpr
):  # kernel size 3, stride 2, padding 1
    plane = tl.program_id(0).to(tl.int64)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)[:, None]
    col = tl.arange(0, COLS)[None, :]
    total = tl.zeros((ROWS, COLS), dtype=tl.float32)
    count = tl.zeros((ROWS, COLS), dtype=tl.float32)
    for dy in tl.static_range(-1, 2):
        for dz in tl.static_range(-1, 2):
            y, z = 2 * row + dy, 2 * col + dz
            inside = (y >= 0) & (y < height) & (z >= 0) & (z < width)
            at = x + plane * height * width + y * width + z
            total += tl.load(at, mask=inside, other=0.0).to(tl.float32)
            count += inside.to(tl.float32)
    inside = (row < rows) & (col < cols)
    tl.store(out + (plane * rows + row) * cols + col, total / count, mask=inside)


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        batch, channels, height, width = x.shape
        rows, cols = (height + 1) // 2, (width + 1) // 2
        out = torch.empty((batch, channels, rows, cols), dtype=x.dtype, device=x.device)
        avg_pool_kernel[(batch * channels, triton.cdiv(rows, 16))](
            x, out, height, width, rows, cols, ROWS=16, COLS=triton.next_power_of_2(cols)
        )
        return out
