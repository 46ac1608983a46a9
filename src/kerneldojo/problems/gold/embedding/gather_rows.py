"""One program copies one row of the table."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def gather_kernel(table, indices, out, dim, BLOCK: tl.constexpr):
    position = tl.program_id(0).to(tl.int64)
    index = tl.load(indices + position)
    col = tl.arange(0, BLOCK)
    inside = col < dim
    value = tl.load(table + index * dim + col, mask=inside)
    tl.store(out + position * dim + col, value, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, vocabulary: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocabulary, dim))

    def forward(self, indices: torch.Tensor) -> torch.Tensor:
        indices = indices.contiguous()
        count, dim = indices.numel(), self.table.shape[1]
        out = torch.empty((count, dim), dtype=self.table.dtype, device=self.table.device)
        block = triton.next_power_of_2(dim)
        gather_kernel[(count,)](self.table, indices, out, dim, BLOCK=block)
        return out
