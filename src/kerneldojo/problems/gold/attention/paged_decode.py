"""Paged decoding: a program per head looks up each block in the table and softmaxes online."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def paged_decode_kernel(
    q,
    keys,
    values,
    table,
    lengths,
    out,
    owned,
    heads,
    block,
    dim,
    scale,
    BLOCK: tl.constexpr,
    DIM: tl.constexpr,
):
    sequence, head = tl.program_id(0), tl.program_id(1)
    count = tl.load(lengths + sequence).to(tl.int32)
    d = tl.arange(0, DIM)
    at = (sequence * heads + head) * dim + d
    query = tl.load(q + at, mask=d < dim, other=0.0) * scale
    place = tl.arange(0, BLOCK)
    top = float("-inf")
    total = 0.0
    mixed = tl.zeros((DIM,), dtype=tl.float32)
    for number in range(tl.cdiv(count, block)):
        page = tl.load(table + sequence * owned + number)
        known = (place < block) & (number * block + place < count)
        cell = ((page * block + place[:, None]) * heads + head) * dim + d[None, :]
        inside = known[:, None] & (d[None, :] < dim)
        key = tl.load(keys + cell, mask=inside, other=0.0)
        scores = tl.sum(key * query[None, :], axis=1)
        scores = tl.where(known, scores, float("-inf"))
        new_top = tl.maximum(top, tl.max(scores, axis=0))
        keep = tl.exp(top - new_top)
        weights = tl.exp(scores - new_top)
        total = total * keep + tl.sum(weights, axis=0)
        value = tl.load(values + cell, mask=inside, other=0.0)
        mixed = mixed * keep + tl.sum(value * weights[:, None], axis=0)
        top = new_top
    tl.store(out + at, mixed / total, mask=d < dim)


class ModelNew(nn.Module):
    def forward(
        self,
        q: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        table: torch.Tensor,
        lengths: torch.Tensor,
    ) -> torch.Tensor:
        q, keys, values, table = (x.contiguous() for x in (q, keys, values, table))
        (batch, heads, dim), block = q.shape, keys.shape[1]
        out = torch.empty_like(q)
        paged_decode_kernel[(batch, heads)](
            q,
            keys,
            values,
            table,
            lengths,
            out,
            table.shape[1],
            heads,
            block,
            dim,
            dim**-0.5,
            BLOCK=triton.next_power_of_2(block),
            DIM=triton.next_power_of_2(dim),
        )
        return out
