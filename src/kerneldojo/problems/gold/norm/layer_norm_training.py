"""Forward one row per program; backward adds up parameter gradients over strips of rows."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def normalise(x, row, col, cols, eps):
    inside = col < cols
    value = tl.load(x + row * cols + col, mask=inside, other=0.0)
    centred = tl.where(inside, value - tl.sum(value, axis=0) / cols, 0.0)
    rstd = tl.rsqrt(tl.sum(centred * centred, axis=0) / cols + eps)
    return centred * rstd, rstd


@triton.jit
def forward_kernel(x, weight, bias, out, cols, eps, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    normalised, _ = normalise(x, row, col, cols, eps)
    scale = tl.load(weight + col, mask=inside)
    shift = tl.load(bias + col, mask=inside)
    tl.store(out + row * cols + col, normalised * scale + shift, mask=inside)


@triton.jit
def backward_kernel(x, weight, grad, grad_x, partial, rows, cols, eps, BLOCK: tl.constexpr):
    strip, strips = tl.program_id(0), tl.num_programs(0)
    col = tl.arange(0, BLOCK)
    inside = col < cols
    scale = tl.load(weight + col, mask=inside, other=0.0)
    grad_weight = tl.zeros((BLOCK,), dtype=tl.float32)
    grad_bias = tl.zeros((BLOCK,), dtype=tl.float32)
    for number in range(strip, rows, strips):
        row = tl.cast(number, tl.int64)
        normalised, rstd = normalise(x, row, col, cols, eps)
        incoming = tl.load(grad + row * cols + col, mask=inside, other=0.0)
        grad_weight += incoming * normalised
        grad_bias += incoming
        scaled = incoming * scale
        along = tl.sum(scaled * normalised, axis=0) / cols
        result = (scaled - tl.sum(scaled, axis=0) / cols - along * normalised) * rstd
        tl.store(grad_x + row * cols + col, result, mask=inside)
    tl.store(partial + strip * cols + col, grad_weight, mask=inside)
    tl.store(partial + (strips + strip) * cols + col, grad_bias, mask=inside)


@triton.jit
def column_sum_kernel(partial, out, strips, cols, ROWS: tl.constexpr, COLS: tl.constexpr):
    kind = tl.program_id(1)
    col = tl.program_id(0) * COLS + tl.arange(0, COLS)
    row = tl.arange(0, ROWS)[:, None]
    total = tl.zeros((ROWS, COLS), dtype=tl.float32)
    for start in range(0, strips, ROWS):
        at = (kind * strips + start + row) * cols + col[None, :]
        inside = (start + row < strips) & (col[None, :] < cols)
        total += tl.load(partial + at, mask=inside, other=0.0)
    tl.store(out + kind * cols + col, tl.sum(total, axis=0), mask=col < cols)


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        x = x.contiguous()
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        out = torch.empty_like(x)
        rows, cols = x.shape
        block = triton.next_power_of_2(cols)
        forward_kernel[(rows,)](x, weight, bias, out, cols, eps, BLOCK=block, num_warps=8)
        return out

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        rows, cols = x.shape
        strips = min(rows, 256)
        grad_x = torch.empty_like(x)
        partial = torch.empty((2, strips, cols), dtype=x.dtype, device=x.device)
        both = torch.empty((2, cols), dtype=x.dtype, device=x.device)
        block = triton.next_power_of_2(cols)
        backward_kernel[(strips,)](
            x,
            weight,
            grad.contiguous(),
            grad_x,
            partial,
            rows,
            cols,
            ctx.eps,
            BLOCK=block,
            num_warps=8,
        )
        grid = (triton.cdiv(cols, 64), 2)
        column_sum_kernel[grid](partial, both, strips, cols, ROWS=32, COLS=64)
        return grad_x, both[0], both[1], None


class ModelNew(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(cols))
        self.bias = nn.Parameter(torch.zeros(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return LayerNorm.apply(x, self.weight, self.bias, self.eps)
