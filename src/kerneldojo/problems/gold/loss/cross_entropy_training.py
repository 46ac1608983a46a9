"""The forward pass keeps one number per row, from which backward makes the softmax again."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def forward_kernel(logits, targets, losses, log_sums, classes, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    start = logits + row * classes
    value = tl.load(start + col, mask=col < classes, other=-float("inf"))
    largest = tl.max(value, axis=0)
    log_sum = tl.log(tl.sum(tl.exp(value - largest), axis=0))
    chosen = tl.load(start + tl.load(targets + row))
    tl.store(losses + row, log_sum - (chosen - largest))
    tl.store(log_sums + row, largest + log_sum)


@triton.jit
def backward_kernel(logits, targets, log_sums, grad, grad_logits, classes, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = col < classes
    value = tl.load(logits + row * classes + col, mask=inside)
    softmax = tl.exp(value - tl.load(log_sums + row))
    hit = tl.where(col == tl.load(targets + row), 1.0, 0.0)
    result = (softmax - hit) * tl.load(grad + row)
    tl.store(grad_logits + row * classes + col, result, mask=inside)


class CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets):
        logits, targets = logits.contiguous(), targets.contiguous()
        rows, classes = logits.shape
        losses = torch.empty(rows, dtype=logits.dtype, device=logits.device)
        log_sums = torch.empty_like(losses)
        block = triton.next_power_of_2(classes)
        forward_kernel[(rows,)](
            logits, targets, losses, log_sums, classes, BLOCK=block, num_warps=8
        )
        ctx.save_for_backward(logits, targets, log_sums)
        return losses

    @staticmethod
    def backward(ctx, grad):
        logits, targets, log_sums = ctx.saved_tensors
        grad_logits = torch.empty_like(logits)
        rows, classes = logits.shape
        backward_kernel[(rows, triton.cdiv(classes, 1024))](
            logits, targets, log_sums, grad.contiguous(), grad_logits, classes, BLOCK=1024
        )
        return grad_logits, None


class ModelNew(nn.Module):
    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return CrossEntropy.apply(logits, targets)
