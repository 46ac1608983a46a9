"""Triton solutions for tests that compile without a GPU; Triton needs them in a file."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def scale_kernel(x, out, n, factor, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + at, tl.load(x + at, mask=at < n) * factor, mask=at < n)


class Scale(nn.Module):
    def forward(self, x):
        assert x.is_cuda
        assert x.device.type == "cuda"
        out = torch.empty(x.shape, device="cuda")
        with torch.cuda.device(x.device):
            scale_kernel[lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)](
                x, out, x.numel(), 2.0, BLOCK=256
            )
        torch.cuda.synchronize()
        return out


@triton.jit
def broken_kernel(x, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    tl.store(x + at, undefined_name + at)  # noqa: F821


class Broken(nn.Module):
    def forward(self, x):
        broken_kernel[(1,)](x, BLOCK=128)
        return scale(x)


def scale(x):
    out = torch.empty_like(x)
    scale_kernel[(1,)](x, out, x.numel(), 2.0, BLOCK=256)
    return out


@triton.jit
def dot_kernel(a, b, out, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    inside = at[:, None] * BLOCK + at[None, :]
    product = tl.zeros((BLOCK, BLOCK), dtype=tl.float32)
    for step in range(4):
        left = tl.load(a + inside + step * BLOCK * BLOCK)
        right = tl.load(b + inside + step * BLOCK * BLOCK)
        product = tl.dot(left, right, product)
    tl.store(out + inside, product)


class TooMuchShared(nn.Module):
    def forward(self, x):
        out = torch.empty((128, 128), device=x.device)
        dot_kernel[(1,)](x, x, out, BLOCK=128, num_stages=4, num_warps=8)
        return out


tuned_kernel = triton.autotune(
    configs=[
        triton.Config({"BLOCK": 128}, num_warps=8, num_stages=4),
        triton.Config({"BLOCK": 64}, num_warps=4, num_stages=2),
        triton.Config({"BLOCK": 32}, num_warps=4, num_stages=2),
    ],
    key=[],
)(dot_kernel)


class Tuned(nn.Module):
    def forward(self, x):
        out = torch.empty((128, 128), device=x.device)
        tuned_kernel[(1,)](x, x, out)
        return out


class Occupancy(nn.Module):
    """Asks for the kernel's figures before it launches, as persistent kernels do."""

    def forward(self, x):
        properties = triton.runtime.driver.active.utils.get_device_properties(x.device.index)
        out = torch.empty_like(x)
        kernel = scale_kernel.warmup(x, out, x.numel(), 2.0, BLOCK=512, grid=(1,))
        kernel._init_handles()
        per_block = max(kernel.metadata.shared, 1)
        blocks = properties["multiprocessor_count"] * (properties["max_shared_mem"] // per_block)
        assert kernel.n_regs > 0
        kernel[(blocks, 1, 1)](x, out, x.numel(), 2.0, 512)
        return out


class Careless(nn.Module):
    def forward(self, x):
        raise ValueError("before any launch")


class LateError(nn.Module):
    def forward(self, x):
        scale(x)
        raise ValueError("values were not computed")
