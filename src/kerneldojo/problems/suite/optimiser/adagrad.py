"""Adagrad, one step: every coordinate slows down by what it has seen."""

import torch
from torch import nn

METADATA = {
    "description": "One Adagrad step: the new parameter and the sum of squares.",
    "level": 1,
    "tags": ["optimiser", "elementwise", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"COUNT": 700001}},
        {"name": "small", "constants": {"COUNT": 8009}},
        {"name": "gpu", "target": "cuda", "constants": {"COUNT": 67108864}},
    ],
}

COUNT = 2**20
RATE = 0.1
EPS = 1e-8


class Model(nn.Module):
    def __init__(self, rate: float, eps: float) -> None:
        super().__init__()
        self.rate = rate
        self.eps = eps

    def forward(
        self, param: torch.Tensor, grad: torch.Tensor, total: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        total = total + grad * grad
        return param - self.rate * grad / (torch.sqrt(total) + self.eps), total


def get_inputs() -> list:
    return [torch.randn(COUNT), torch.randn(COUNT), 3.0 * torch.rand(COUNT)]


def get_init_inputs() -> list:
    return [RATE, EPS]
