"""Decoding: the query heads that share keys form one tile, so that the cache is read once."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def decode_kernel(
    q,
    keys,
    values,
    lengths,
    out,
    kv_heads,
    capacity,
    group,
    dim,
    scale,
    GROUP: tl.constexpr,
    COLS: tl.constexpr,
    DIM: tl.constexpr,
):
    shared = tl.program_id(0)  # sequence * kv_heads + key-value head
    count = tl.load(lengths + shared // kv_heads).to(tl.int32)
    member = tl.arange(0, GROUP)[:, None]
    d = tl.arange(0, DIM)[None, :]
    inside = (member < group) & (d < dim)
    place = (shared * group + member) * dim + d
    query = tl.load(q + place, mask=inside, other=0.0)
    cache = shared.to(tl.int64) * capacity * dim
    top = tl.full((GROUP,), float("-inf"), dtype=tl.float32)
    total = tl.zeros((GROUP,), dtype=tl.float32)
    mixed = tl.zeros((GROUP, DIM), dtype=tl.float32)
    for start in range(0, count, COLS):
        col = start + tl.arange(0, COLS)
        known = (col < count)[:, None] & (d < dim)
        key = tl.load(keys + cache + col[:, None] * dim + d, mask=known, other=0.0)
        scores = tl.dot(query, tl.trans(key), input_precision="ieee") * scale
        scores = tl.where(col[None, :] < count, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, axis=1))
        keep = tl.exp(top - new_top)
        weights = tl.exp(scores - new_top[:, None])
        total = total * keep + tl.sum(weights, axis=1)
        value = tl.load(values + cache + col[:, None] * dim + d, mask=known, other=0.0)
        mixed *= keep[:, None]
        mixed = tl.dot(weights.to(value.dtype), value, mixed, input_precision="ieee")
        top = new_top
    tl.store(out + place, mixed / total[:, None], mask=inside)


class ModelNew(nn.Module):
    def forward(
        self, q: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        q, keys, values = q.contiguous(), keys.contiguous(), values.contiguous()
        (batch, kv_heads, capacity, dim), heads = keys.shape, q.shape[1]
        out = torch.empty_like(q)
        group = heads // kv_heads
        decode_kernel[(batch * kv_heads,)](
            q,
            keys,
            values,
            lengths,
            out,
            kv_heads,
            capacity,
            group,
            dim,
            dim**-0.5,
            GROUP=max(16, triton.next_power_of_2(group)),
            COLS=32,
            DIM=max(16, triton.next_power_of_2(dim)),
        )
        return out
