"""Causal attention with ALiBi: the bias is computed where the score is, not read from memory."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def alibi_kernel(
    q,
    k,
    v,
    slopes,
    out,
    heads,
    length,
    dim,
    scale,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
    DIM: tl.constexpr,
):
    slope = tl.load(slopes + tl.program_id(1) % heads)
    head = tl.program_id(1).to(tl.int64) * length * dim
    # The rows with the most keys start first.
    first = (tl.num_programs(0) - 1 - tl.program_id(0)) * ROWS
    row = first + tl.arange(0, ROWS)[:, None]
    d = tl.arange(0, DIM)
    inside = (row < length) & (d[None, :] < dim)
    query = tl.load(q + head + row * dim + d[None, :], mask=inside, other=0.0)
    top = tl.full((ROWS,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((ROWS,), dtype=tl.float32)
    mixed = tl.zeros((ROWS, DIM), dtype=tl.float32)
    for start in range(0, tl.minimum(first + ROWS, length), COLS):
        col = start + tl.arange(0, COLS)
        known = (col < length)[:, None] & (d[None, :] < dim)
        key = tl.load(k + head + col[:, None] * dim + d[None, :], mask=known, other=0.0)
        distance = row - col[None, :]
        scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scale - slope * distance
        scores = tl.where(distance >= 0, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, axis=1))
        keep = tl.exp(top - new_top)
        weights = tl.exp(scores - new_top[:, None])
        total = total * keep + tl.sum(weights, axis=1)
        value = tl.load(v + head + col[:, None] * dim + d[None, :], mask=known, other=0.0)
        mixed = tl.dot(weights, value, mixed * keep[:, None], input_precision="ieee")
        top = new_top
    tl.store(out + head + row * dim + d[None, :], mixed / total[:, None], mask=inside)


class ModelNew(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.register_buffer("slopes", 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads))

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        batch, heads, length, dim = q.shape
        out = torch.empty_like(q)
        alibi_kernel[(triton.cdiv(length, 64), batch * heads)](
            q,
            k,
            v,
            self.slopes,
            out,
            heads,
            length,
            dim,
            dim**-0.5,
            ROWS=64,
            COLS=32,
            DIM=max(16, triton.next_power_of_2(dim)),
            num_warps=8,
        )
        return out
