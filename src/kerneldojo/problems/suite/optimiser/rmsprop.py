"""RMSprop, centred and with momentum, one step."""

import torch
from torch import nn

METADATA = {
    "description": "One centred RMSprop step: new parameter, averages and momentum buffer.",
    "level": 2,
    "tags": ["optimiser", "elementwise", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"COUNT": 700001}},
        {"name": "small", "constants": {"COUNT": 8009}},
        {"name": "gpu", "target": "cuda", "constants": {"COUNT": 67108864}},
    ],
}

COUNT = 2**20
RATE = 0.02
SMOOTHING = 0.9
MOMENTUM = 0.9
EPS = 1e-4


class Model(nn.Module):
    def __init__(self, rate: float, smoothing: float, momentum: float, eps: float) -> None:
        super().__init__()
        self.rate = rate
        self.smoothing = smoothing
        self.momentum = momentum
        self.eps = eps

    def forward(
        self,
        param: torch.Tensor,
        grad: torch.Tensor,
        square: torch.Tensor,
        mean: torch.Tensor,
        buffer: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        square = self.smoothing * square + (1.0 - self.smoothing) * grad * grad
        mean = self.smoothing * mean + (1.0 - self.smoothing) * grad
        deviation = torch.sqrt(square - mean * mean + self.eps)
        buffer = self.momentum * buffer + grad / deviation
        return param - self.rate * buffer, square, mean, buffer


def get_inputs() -> list:
    param, grad, buffer = torch.randn(COUNT), torch.randn(COUNT), torch.randn(COUNT)
    mean = 0.3 * torch.randn(COUNT)
    return [param, grad, mean * mean + 0.5 + torch.rand(COUNT), mean, buffer]


def get_init_inputs() -> list:
    return [RATE, SMOOTHING, MOMENTUM, EPS]
