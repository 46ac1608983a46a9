"""Select between x and a constant in one pass."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def masked_fill_kernel(x, mask, out, fill, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(x + at, mask=inside)
    chosen = tl.load(mask + at, mask=inside, other=0)
    tl.store(out + at, tl.where(chosen != 0, fill, value), mask=inside)


class ModelNew(nn.Module):
    def __init__(self, fill: float) -> None:
        super().__init__()
        self.fill = fill

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        bytes_of_mask = mask.contiguous().view(torch.uint8)
        out = torch.empty_like(x)
        count = x.numel()
        grid = (triton.cdiv(count, 1024),)
        masked_fill_kernel[grid](x, bytes_of_mask, out, self.fill, count, BLOCK=1024)
        return out
