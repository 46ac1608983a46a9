"""Gumbel softmax: a differentiable draw from a distribution, with the randomness given."""

import torch
from torch import nn

METADATA = {
    "description": "softmax((logits - log(-log(uniform))) / temperature) of each row.",
    "level": 2,
    "tags": ["softmax", "reduction", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 121}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024
TEMPERATURE = 0.7


class Model(nn.Module):
    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, logits: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
        noise = -torch.log(-torch.log(uniform))
        return torch.softmax((logits + noise) / self.temperature, dim=-1)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS), 0.001 + 0.998 * torch.rand(ROWS, COLS)]


def get_init_inputs() -> list:
    return [TEMPERATURE]
