"""Grouped-query attention: the flash kernel, with heads of keys and values found by division."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def grouped_query_kernel(
    q,
    k,
    v,
    out,
    heads,
    kv_heads,
    length,
    dim,
    scale,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
    DIM: tl.constexpr,
):
    batch, head = tl.program_id(1) // heads, tl.program_id(1) % heads
    shared = batch * kv_heads + head // (heads // kv_heads)
    q += tl.program_id(1).to(tl.int64) * length * dim
    out += tl.program_id(1).to(tl.int64) * length * dim
    k += shared.to(tl.int64) * length * dim
    v += shared.to(tl.int64) * length * dim
    # The rows with the most keys start first.
    first = (tl.num_programs(0) - 1 - tl.program_id(0)) * ROWS
    row = first + tl.arange(0, ROWS)[:, None]
    d = tl.arange(0, DIM)
    inside = (row < length) & (d[None, :] < dim)
    query = tl.load(q + row * dim + d[None, :], mask=inside, other=0.0)
    top = tl.full((ROWS,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((ROWS,), dtype=tl.float32)
    mixed = tl.zeros((ROWS, DIM), dtype=tl.float32)
    for start in range(0, tl.minimum(first + ROWS, length), COLS):
        col = start + tl.arange(0, COLS)
        known = (col < length)[:, None] & (d[None, :] < dim)
        key = tl.load(k + col[:, None] * dim + d[None, :], mask=known, other=0.0)
        scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scale
        scores = tl.where(col[None, :] <= row, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, axis=1))
        keep = tl.exp(top - new_top)
        weights = tl.exp(scores - new_top[:, None])
        total = total * keep + tl.sum(weights, axis=1)
        value = tl.load(v + col[:, None] * dim + d[None, :], mask=known, other=0.0)
        mixed *= keep[:, None]
        mixed = tl.dot(weights.to(value.dtype), value, mixed, input_precision="ieee")
        top = new_top
    tl.store(out + row * dim + d[None, :], mixed / total[:, None], mask=inside)


class ModelNew(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        batch, heads, length, dim = q.shape
        out = torch.empty_like(q)
        grouped_query_kernel[(triton.cdiv(length, 32), batch * heads)](
            q,
            k,
            v,
            out,
            heads,
            k.shape[1],
            length,
            dim,
            dim**-0.5,
            ROWS=32,
            COLS=32,
            DIM=max(16, triton.next_power_of_2(dim)),
            num_warps=8,
        )
        return out
