"""Linear attention in two kernels: a state per head from keys and values, then every query."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def feature(x):
    return tl.where(x > 0, x + 1.0, tl.exp(x))  # elu(x) + 1


@triton.jit
def state_kernel(k, v, state, sums, length, dim, COLS: tl.constexpr, DIM: tl.constexpr):
    head = tl.program_id(0).to(tl.int64)
    d = tl.arange(0, DIM)
    known = (d[:, None] < dim) & (d[None, :] < dim)
    outer = tl.zeros((DIM, DIM), dtype=tl.float32)
    total = tl.zeros((DIM,), dtype=tl.float32)
    for start in range(0, length, COLS):
        col = start + tl.arange(0, COLS)[:, None]
        inside = (col < length) & (d[None, :] < dim)
        at = head * length * dim + col * dim + d[None, :]
        key = tl.where(inside, feature(tl.load(k + at, mask=inside, other=0.0)), 0.0)
        value = tl.load(v + at, mask=inside, other=0.0)
        outer = tl.dot(tl.trans(key), value, outer, input_precision="ieee")
        total += tl.sum(key, axis=0)
    tl.store(state + head * dim * dim + d[:, None] * dim + d[None, :], outer, mask=known)
    tl.store(sums + head * dim + d, total, mask=d < dim)


@triton.jit
def query_kernel(q, state, sums, out, length, dim, ROWS: tl.constexpr, DIM: tl.constexpr):
    head = tl.program_id(1).to(tl.int64)
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]
    d = tl.arange(0, DIM)
    inside = (row < length) & (d[None, :] < dim)
    at = head * length * dim + row * dim + d[None, :]
    query = tl.where(inside, feature(tl.load(q + at, mask=inside, other=0.0)), 0.0)
    known = (d[:, None] < dim) & (d[None, :] < dim)
    square = head * dim * dim + d[:, None] * dim + d[None, :]
    mixed = tl.dot(query, tl.load(state + square, mask=known, other=0.0), input_precision="ieee")
    total = tl.load(sums + head * dim + d, mask=d < dim, other=0.0)
    weight = tl.sum(query * total[None, :], axis=1)
    tl.store(out + at, mixed / weight[:, None], mask=inside)


class ModelNew(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        batch, heads, length, dim = q.shape
        out = torch.empty_like(q)
        state = torch.empty((batch * heads, dim, dim), dtype=torch.float32, device=q.device)
        sums = torch.empty((batch * heads, dim), dtype=torch.float32, device=q.device)
        DIM = max(16, triton.next_power_of_2(dim))
        state_kernel[(batch * heads,)](k, v, state, sums, length, dim, COLS=64, DIM=DIM)
        grid = (triton.cdiv(length, 64), batch * heads)
        query_kernel[grid](q, state, sums, out, length, dim, ROWS=64, DIM=DIM)
        return out
