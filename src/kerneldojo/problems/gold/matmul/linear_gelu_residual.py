"""Linear layer whose bias, GELU and residual addition happen before the tile is stored."""

import torch
import triton
import triton.language as tl
from torch import nn


@triton.jit
def linear_gelu_residual_kernel(
    x, weight, bias, residual, out, M, N, K, TILE: tl.constexpr, STEP: tl.constexpr
):
    row = tl.program_id(0) * TILE + tl.arange(0, TILE)[:, None]
    col = tl.program_id(1) * TILE + tl.arange(0, TILE)[None, :]
    inside = (row < M) & (col < N)
    total = tl.zeros((TILE, TILE), dtype=tl.float32)
    for start in range(0, K, STEP):
        k = start + tl.arange(0, STEP)
        left = tl.load(x + row * K + k[None, :], mask=(row < M) & (k[None, :] < K), other=0.0)
        # The weight is stored as (outputs, inputs), so its transpose is read here.
        right = tl.load(weight + col * K + k[:, None], mask=(k[:, None] < K) & (col < N), other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
    total += tl.load(bias + col, mask=col < N, other=0.0)
    gelu = 0.5 * total * (1.0 + tl.erf(total * 0.7071067811865476))
    skip = tl.load(residual + row * N + col, mask=inside)
    tl.store(out + row * N + col, skip + gelu, mask=inside)


class ModelNew(nn.Module):
    def __init__(self, inputs: int, outputs: int, dtype: str) -> None:
        super().__init__()
        # Holds the parameters; never called.
        self.linear = nn.Linear(inputs, outputs, dtype=getattr(torch, dtype))

    def forward(self, x: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
        x, residual = x.contiguous(), residual.contiguous()
        weight, bias = self.linear.weight, self.linear.bias
        (M, K), N = x.shape, weight.shape[0]
        out = torch.empty_like(residual)
        grid = (triton.cdiv(M, 64), triton.cdiv(N, 64))
        linear_gelu_residual_kernel[grid](x, weight, bias, residual, out, M, N, K, TILE=64, STEP=32)
        return out
