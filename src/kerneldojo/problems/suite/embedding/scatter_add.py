"""Scatter-add of rows: several of them may go to the same place."""

import torch
from torch import nn

METADATA = {
    "description": "out = base, then out[index[i]] += rows[i] for every i; indices repeat.",
    "level": 1,
    "tags": ["scatter", "atomic", "reduction", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"PLACES": 997, "DIM": 131, "COUNT": 2999}},
        {"name": "small", "constants": {"PLACES": 41, "DIM": 43, "COUNT": 167}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"PLACES": 65536, "DIM": 128, "COUNT": 262144},
        },
    ],
}

PLACES = 2048
DIM = 128
COUNT = 8192


class Model(nn.Module):
    def forward(self, base: torch.Tensor, index: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return base.index_add(0, index, rows)


def get_inputs() -> list:
    index = torch.randint(0, PLACES, (COUNT,))
    return [torch.randn(PLACES, DIM), index, torch.randn(COUNT, DIM)]


def get_init_inputs() -> list:
    return []
