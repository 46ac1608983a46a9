"""A block of columns per program, two-pass variance, running statistics kept."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def batch_norm_kernel(
    x,
    weight,
    bias,
    running_mean,
    running_var,
    out,
    batch,
    features,
    eps,
    momentum,
    ROWS: tl.constexpr,
    COLS: tl.constexpr,
):
    col = tl.program_id(0) * COLS + tl.arange(0, COLS)
    known = col < features
    total = tl.zeros((COLS,), dtype=tl.float32)
    for start in range(0, batch, ROWS):
        row = start + tl.arange(0, ROWS)
        inside = (row < batch)[:, None] & known[None, :]
        value = tl.load(x + row[:, None] * features + col[None, :], mask=inside, other=0.0)
        total += tl.sum(value, axis=0)
    mean = total / batch

    squares = tl.zeros((COLS,), dtype=tl.float32)
    for start in range(0, batch, ROWS):
        row = start + tl.arange(0, ROWS)
        inside = (row < batch)[:, None] & known[None, :]
        value = tl.load(x + row[:, None] * features + col[None, :], mask=inside, other=0.0)
        centred = tl.where(inside, value - mean[None, :], 0.0)
        squares += tl.sum(centred * centred, axis=0)
    variance = squares / batch

    scale = tl.load(weight + col, mask=known, other=0.0) / tl.sqrt(variance + eps)
    shift = tl.load(bias + col, mask=known, other=0.0)
    for start in range(0, batch, ROWS):
        row = start + tl.arange(0, ROWS)
        inside = (row < batch)[:, None] & known[None, :]
        at = row[:, None] * features + col[None, :]
        centred = tl.load(x + at, mask=inside, other=0.0) - mean[None, :]
        tl.store(out + at, centred * scale[None, :] + shift[None, :], mask=inside)

    old_mean = tl.load(running_mean + col, mask=known, other=0.0)
    old_var = tl.load(running_var + col, mask=known, other=0.0)
    unbiased = squares / (batch - 1)
    tl.store(running_mean + col, old_mean + momentum * (mean - old_mean), mask=known)
    tl.store(running_var + col, old_var + momentum * (unbiased - old_var), mask=known)


class ModelNew(nn.Module):
    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)  # holds parameters and buffers; never called

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        norm, out = self.norm, torch.empty_like(x)
        batch, features = x.shape
        norm.num_batches_tracked += 1
        batch_norm_kernel[(triton.cdiv(features, 32),)](
            x,
            norm.weight,
            norm.bias,
            norm.running_mean,
            norm.running_var,
            out,
            batch,
            features,
            norm.eps,
            norm.momentum,
            ROWS=64,
            COLS=32,
        )
        return out
