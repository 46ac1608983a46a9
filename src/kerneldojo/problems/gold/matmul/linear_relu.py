"""Matrix product, bias and ReLU in one kernel."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def linear_relu_kernel(x, weight, bias, out, M, N, K, TILE: tl.constexpr, STEP: tl.constexpr):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)[:, None]
    col = tl.program_id(1) * TILE + tl.arange(0, TILE)[None, :]
    total = tl.zeros((TILE, TILE), dtype=tl.float32)
    for start in range(0, K, STEP):
        k = start + tl.arange(0, STEP)
        left = tl.load(x + row * K + k[None, :], mask=(row < M) & (k[None, :] < K), other=0.0)
        # The weight is stored as (outputs, inputs), so its transpose is read here.
        right = tl.load(weight + col * K + k[:, None], mask=(k[:, None] < K) & (col < N), other=0.0)
        total += tl.dot(left, right, input_precision="ieee")
    total += tl.load(bias + col, mask=col < N, other=0.0)
    tl.store(out + row * N + col, tl.maximum(total, 0.0), mask=(row < M) & (col < N))


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)  # holds the parameters; never called

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.contiguous()
        weight, bias = self.linear.weight, self.linear.bias
        (M, K), N = x.shape, weight.shape[0]
        out = torch.empty((M, N), dtype=x.dtype, device=x.device)
        grid = (triton.cdiv(M, 32), triton.cdiv(N, 32))
        linear_relu_kernel[grid](x, weight, bias, out, M, N, K, TILE=32, STEP=32)
        return out
