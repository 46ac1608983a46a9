"""DLRM's interaction in one program per example: gather the rows, multiply, store the pairs."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def interaction_kernel(
    dense,
    indices,
    tables,
    out,
    count,
    rows,
    dim,
    width,
    VECTORS: tl.constexpr,
    DIM: tl.constexpr,
):
    example = tl.program_id(0).to(tl.int64)
    vector = tl.arange(0, VECTORS)
    column = tl.arange(0, DIM)
    # Vector 0 is the dense one, vector i the row of table i - 1.
    sparse = (vector > 0) & (vector <= count)
    row = tl.load(indices + example * count + vector - 1, mask=sparse, other=0)
    inside = sparse[:, None] & (column < dim)[None, :]
    at = ((vector - 1) * rows + row)[:, None] * dim + column[None, :]
    vectors = tl.load(tables + at, mask=inside, other=0.0)
    own = tl.load(dense + example * dim + column, mask=column < dim, other=0.0)
    vectors = tl.where(vector[:, None] == 0, own[None, :], vectors)
    products = tl.dot(vectors, tl.trans(vectors), input_precision="ieee")
    left, right = vector[:, None], vector[None, :]
    place = dim + left * (left - 1) // 2 + right
    tl.store(out + example * width + column, own, mask=column < dim)
    tl.store(out + example * width + place, products, mask=(right < left) & (left <= count))


class ModelNew(nn.Module):
    def __init__(self, tables: int, rows: int, dim: int) -> None:
        super().__init__()
        self.tables = nn.Parameter(torch.randn(tables, rows, dim))
        lower = torch.tril_indices(tables + 1, tables + 1, offset=-1)
        self.register_buffer("left", lower[0].clone())
        self.register_buffer("right", lower[1].clone())

    def forward(self, dense: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        dense, indices = dense.contiguous(), indices.contiguous()
        (count, rows, dim), batch = self.tables.shape, dense.shape[0]
        width = dim + count * (count + 1) // 2
        out = torch.empty((batch, width), dtype=dense.dtype, device=dense.device)
        interaction_kernel[(batch,)](
            dense,
            indices,
            self.tables,
            out,
            count,
            rows,
            dim,
            width,
            VECTORS=max(16, triton.next_power_of_2(count + 1)),
            DIM=max(16, triton.next_power_of_2(dim)),
        )
        return out
