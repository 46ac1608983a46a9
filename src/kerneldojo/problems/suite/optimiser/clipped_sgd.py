"""Gradient descent whose gradient is first clipped to a global norm, one step."""

import torch
from torch import nn

METADATA = {
    "description": "Scale the gradient to a norm of at most LIMIT, then take a step of descent.",
    "level": 2,
    "tags": ["optimiser", "reduction", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"COUNT": 700001, "LIMIT": 40.0}},
        {"name": "small", "constants": {"COUNT": 8009, "LIMIT": 4.0}},
        {"name": "gpu", "target": "cuda", "constants": {"COUNT": 67108864, "LIMIT": 400.0}},
    ],
}

COUNT = 2**20
RATE = 0.5
LIMIT = 50.0


class Model(nn.Module):
    def __init__(self, rate: float, limit: float) -> None:
        super().__init__()
        self.rate = rate
        self.limit = limit

    def forward(self, param: torch.Tensor, grad: torch.Tensor) -> torch.Tensor:
        norm = torch.linalg.vector_norm(grad)
        return param - self.rate * grad * torch.clamp(self.limit / (norm + 1e-6), max=1.0)


def get_inputs() -> list:
    return [torch.randn(COUNT), 0.1 * torch.rand(()) * torch.randn(COUNT)]


def get_init_inputs() -> list:
    return [RATE, LIMIT]
