"""LAMB, one step for a matrix: Adam's direction, as long as a share of the weights."""

import torch
from torch import nn

METADATA = {
    "description": "One LAMB step: new parameter and moments; the trust ratio spans the matrix.",
    "level": 3,
    "tags": ["optimiser", "reduction", "fused", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 701, "COLS": 811}},
        {"name": "small", "constants": {"ROWS": 61, "COLS": 131}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024
RATE = 0.05
BETAS = (0.9, 0.99)
EPS = 1e-3
DECAY = 0.1


class Model(nn.Module):
    def __init__(self, rate: float, betas: tuple[float, float], eps: float, decay: float) -> None:
        super().__init__()
        self.rate = rate
        self.betas = betas
        self.eps = eps
        self.decay = decay

    def forward(
        self, param: torch.Tensor, grad: torch.Tensor, mean: torch.Tensor, square: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        first, second = self.betas
        mean = first * mean + (1.0 - first) * grad
        square = second * square + (1.0 - second) * grad * grad
        update = mean / (torch.sqrt(square) + self.eps) + self.decay * param
        trust = torch.linalg.vector_norm(param) / torch.linalg.vector_norm(update)
        return param - self.rate * trust * update, mean, square


def get_inputs() -> list:
    param, grad = torch.randn(ROWS, COLS), torch.randn(ROWS, COLS)
    return [
        (0.5 + torch.rand(())) * param,
        grad,
        0.3 * torch.randn(ROWS, COLS),
        torch.rand(ROWS, COLS),
    ]


def get_init_inputs() -> list:
    return [RATE, BETAS, EPS, DECAY]
