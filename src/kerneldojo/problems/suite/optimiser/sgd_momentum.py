"""Stochastic gradient descent with Nesterov momentum and weight decay, one step."""

import torch
from torch import nn

METADATA = {
    "description": "One SGD step: the new parameter and momentum buffer.",
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
MOMENTUM = 0.9
DECAY = 0.01


class Model(nn.Module):
    def __init__(self, rate: float, momentum: float, decay: float) -> None:
        super().__init__()
        self.rate = rate
        self.momentum = momentum
        self.decay = decay

    def forward(
        self, param: torch.Tensor, grad: torch.Tensor, buffer: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        grad = grad + self.decay * param
        buffer = self.momentum * buffer + grad
        return param - self.rate * (grad + self.momentum * buffer), buffer


def get_inputs() -> list:
    return [torch.randn(COUNT), torch.randn(COUNT), torch.randn(COUNT)]


def get_init_inputs() -> list:
    return [RATE, MOMENTUM, DECAY]
