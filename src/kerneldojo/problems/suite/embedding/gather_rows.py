"""Embedding look-up: rows of a learned table by index."""

import torch
from torch import nn

METADATA = {
    "description": "Gather rows of a parameter table by int64 indices.",
    "level": 1,
    "tags": ["embedding", "gather", "integer", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"VOCABULARY": 1013, "DIM": 251, "COUNT": 3999}},
        {"name": "small", "constants": {"VOCABULARY": 61, "DIM": 35, "COUNT": 101}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"VOCABULARY": 131072, "DIM": 1024, "COUNT": 65536},
        },
    ],
}

VOCABULARY = 8192
DIM = 256
COUNT = 16384


class Model(nn.Module):
    def __init__(self, vocabulary: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocabulary, dim))

    def forward(self, indices: torch.Tensor) -> torch.Tensor:
        return self.table[indices]


def get_inputs() -> list:
    return [torch.randint(0, VOCABULARY, (COUNT,))]


def get_init_inputs() -> list:
    return [VOCABULARY, DIM]
