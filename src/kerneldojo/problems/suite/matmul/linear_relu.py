"""A fully connected layer followed by ReLU."""

import torch
from torch import nn

METADATA = {
    "description": "nn.Linear with bias, then ReLU.",
    "level": 2,
    "tags": ["matmul", "activation", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 251, "IN": 241, "OUT": 263}},
        {"name": "small", "constants": {"BATCH": 33, "IN": 51, "OUT": 43}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 8192, "IN": 4096, "OUT": 8192}},
    ],
}

BATCH = 1024
IN = 384
OUT = 384


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.linear(x))


def get_inputs() -> list:
    return [torch.randn(BATCH, IN)]


def get_init_inputs() -> list:
    return [IN, OUT]
