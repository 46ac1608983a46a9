"""AdamW, one step: Adam with a weight decay that the moments do not see."""

import torch
from torch import nn

METADATA = {
    "description": "One AdamW step: new parameter and moments. The step number is an input.",
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
RATE = 0.05
BETAS = (0.9, 0.95)
EPS = 1e-8
DECAY = 0.1


class Model(nn.Module):
    def __init__(self, rate: float, betas: tuple[float, float], eps: float, decay: float) -> None:
        super().__init__()
        self.rate = rate
        self.betas = betas
        self.eps = eps
        self.decay = decay

    def forward(
        self,
        param: torch.Tensor,
        grad: torch.Tensor,
        mean: torch.Tensor,
        square: torch.Tensor,
        step: int,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        first, second = self.betas
        mean = first * mean + (1.0 - first) * grad
        square = second * square + (1.0 - second) * grad * grad
        deviation = torch.sqrt(square / (1.0 - second**step)) + self.eps
        update = mean / (1.0 - first**step) / deviation
        return (1.0 - self.rate * self.decay) * param - self.rate * update, mean, square


def get_inputs() -> list:
    param, grad, mean = torch.randn(COUNT), torch.randn(COUNT), 0.3 * torch.randn(COUNT)
    return [param, grad, mean, torch.rand(COUNT), int(torch.randint(1, 50, ()))]


def get_init_inputs() -> list:
    return [RATE, BETAS, EPS, DECAY]
