"""Cache update: copy every row, then write the new rows over their slots."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def copy_kernel(source, out, count, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(source + at, mask=at < count), mask=at < count)


@triton.jit
def write_kernel(new, slots, out, size, BLOCK: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    slot = tl.load(slots + row)
    at = tl.arange(0, BLOCK)
    tl.store(out + slot * size + at, tl.load(new + row * size + at, mask=at < size), mask=at < size)


class ModelNew(nn.Module):
    def forward(self, cache: torch.Tensor, new: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        cache, new = cache.contiguous(), new.contiguous()
        out = torch.empty_like(cache)
        count, size = cache.numel(), cache[0].numel()
        copy_kernel[(triton.cdiv(count, 4096),)](cache, out, count, BLOCK=4096)
        write_kernel[(slots.shape[0],)](new, slots, out, size, BLOCK=triton.next_power_of_2(size))
        return out
