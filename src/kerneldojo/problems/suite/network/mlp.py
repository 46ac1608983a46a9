"""A small multilayer perceptron: three linear layers with ReLU between them."""

import torch
from torch import nn

METADATA = {
    "description": "Three linear layers, ReLU after the first two.",
    "level": 3,
    "tags": ["network", "matmul", "activation", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 1093, "IN": 241, "HIDDEN": 203, "OUT": 101}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 50, "IN": 58, "HIDDEN": 72, "OUT": 30},
        },
        {"name": "small", "constants": {"BATCH": 61, "IN": 51, "HIDDEN": 67, "OUT": 29}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16384, "IN": 1024, "HIDDEN": 2048, "OUT": 512},
        },
    ],
}

DTYPE = "float32"
BATCH = 1024
IN = 256
HIDDEN = 384
OUT = 128


class Model(nn.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.first = nn.Linear(inputs, hidden, dtype=kind)
        self.second = nn.Linear(hidden, hidden, dtype=kind)
        self.third = nn.Linear(hidden, outputs, dtype=kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(x))
        return self.third(x)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return [IN, HIDDEN, OUT, DTYPE]
