"""Skipped work: the forward pass is right, the gradient leaves out the derivative of the sigmoid. Expected: WRONG_VALUE."""
# status: WRONG_VALUE
# problem: suite/training/swiglu
# language: triton

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def swiglu_kernel(x, out, count, cols, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    left = (at // cols) * 2 * cols + at % cols
    a = tl.load(x + left, mask=inside)
    b = tl.load(x + left + cols, mask=inside)
    tl.store(out + at, a * tl.sigmoid(a) * b, mask=inside)


@triton.jit
def swiglu_gradient_kernel(x, grad_out, grad_x, count, cols, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    left = (at // cols) * 2 * cols + at % cols
    a = tl.load(x + left, mask=inside)
    b = tl.load(x + left + cols, mask=inside)
    gated = tl.load(grad_out + at, mask=inside) * tl.sigmoid(a)
    tl.store(grad_x + left, gated * b, mask=inside)
    tl.store(grad_x + left + cols, gated * a, mask=inside)


class SwiGLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        rows, cols = x.shape[0], x.shape[1] // 2
        out = torch.empty((rows, cols), dtype=x.dtype, device=x.device)
        grid = (triton.cdiv(rows * cols, 1024),)
        swiglu_kernel[grid](x, out, rows * cols, cols, BLOCK=1024)
        return out

    @staticmethod
    def backward(ctx, grad_out):
        (x,) = ctx.saved_tensors
        grad_x = torch.empty_like(x)
        rows, cols = x.shape[0], x.shape[1] // 2
        grid = (triton.cdiv(rows * cols, 1024),)
        swiglu_gradient_kernel[grid](
            x, grad_out.contiguous(), grad_x, rows * cols, cols, BLOCK=1024
        )
        return grad_x


class ModelNew(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return SwiGLU.apply(x)
