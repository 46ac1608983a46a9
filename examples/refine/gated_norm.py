"""A module as one might find it in a language model: nothing in it knows of KernelDojo."""

import torch
from torch import nn
from torch.nn import functional as F

TOKENS = 4096
DIM = 1024


class RMSNorm(nn.Module):
    def __init__(self, dim: int, eps: float = 1e-6) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.rand(dim) + 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class GatedNorm(nn.Module):
    """Add the residual, normalise, and let a gate through as much as it wants."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.norm = RMSNorm(dim)

    def forward(
        self, x: torch.Tensor, residual: torch.Tensor, gate: torch.Tensor
    ) -> torch.Tensor:
        return self.norm(x + residual) * F.silu(gate)


def get_inputs():
    return [torch.randn(TOKENS, DIM) for _ in range(3)]


def get_init_inputs():
    return [DIM]
