"""Row histograms: a program per row counts in registers and writes each bin once."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def bincount_kernel(x, counts, cols, bins, BINS: tl.constexpr, STEP: tl.constexpr):
    row = tl.program_id(0)
    total = tl.zeros((BINS,), dtype=tl.int32)
    for start in range(0, cols, STEP):
        at = start + tl.arange(0, STEP)
        value = tl.load(x + row.to(tl.int64) * cols + at, mask=at < cols, other=0).to(tl.int32)
        total += tl.histogram(value, BINS, mask=at < cols)
    place = tl.arange(0, BINS)
    tl.store(counts + row * bins + place, total.to(tl.int64), mask=place < bins)


class ModelNew(nn.Module):
    def __init__(self, bins: int) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        rows, cols = x.shape
        counts = torch.empty((rows, self.bins), dtype=torch.int64, device=x.device)
        bins = max(16, triton.next_power_of_2(self.bins))
        bincount_kernel[(rows,)](x, counts, cols, self.bins, BINS=bins, STEP=1024)
        return counts
