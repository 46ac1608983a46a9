"""Maximum and both sums from one read of each row, which stays in registers."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def label_smoothing_kernel(logits, targets, losses, classes, smoothing, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    col = tl.arange(0, BLOCK)
    inside = col < classes
    start = logits + row * classes
    value = tl.load(start + col, mask=inside, other=-float("inf")).to(tl.float32)
    largest = tl.max(value, axis=0)
    shifted = value - largest
    log_sum = tl.log(tl.sum(tl.exp(shifted), axis=0))
    mean = tl.sum(tl.where(inside, shifted, 0.0), axis=0) / classes
    chosen = tl.load(start + tl.load(targets + row)).to(tl.float32) - largest
    loss = log_sum - (1.0 - smoothing) * chosen - smoothing * mean
    tl.store(losses + row, loss)


class ModelNew(nn.Module):
    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.smoothing = smoothing

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits, targets = logits.contiguous(), targets.contiguous()
        rows, classes = logits.shape
        losses = torch.empty(rows, dtype=logits.dtype, device=logits.device)
        block = triton.next_power_of_2(classes)
        label_smoothing_kernel[(rows,)](
            logits, targets, losses, classes, self.smoothing, BLOCK=block, num_warps=8
        )
        return losses
