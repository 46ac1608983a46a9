"""Embedding bag: weighted sums of table rows, bags of different sizes."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Sum the rows indices[offsets[b]:offsets[b + 1]] of a table, each times its weight; "
        "an empty bag gives zeros."
    ),
    "level": 1,
    "tags": ["embedding", "gather", "reduction", "ragged", "integer", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"VOCABULARY": 997, "DIM": 131, "COUNT": 9973, "BAGS": 251},
        },
        {"name": "small", "constants": {"VOCABULARY": 61, "DIM": 43, "COUNT": 401, "BAGS": 37}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"VOCABULARY": 500000, "DIM": 128, "COUNT": 1048576, "BAGS": 65536},
        },
    ],
}

VOCABULARY = 16384
DIM = 128
COUNT = 32768
BAGS = 4096


class Model(nn.Module):
    def __init__(self, vocabulary: int, dim: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(vocabulary, dim))

    def forward(
        self, indices: torch.Tensor, weights: torch.Tensor, offsets: torch.Tensor
    ) -> torch.Tensor:
        return F.embedding_bag(
            indices,
            self.table,
            offsets,
            mode="sum",
            per_sample_weights=weights,
            include_last_offset=True,
        )


def get_inputs() -> list:
    indices = torch.randint(0, VOCABULARY, (COUNT,))
    cuts = torch.randint(0, COUNT + 1, (BAGS - 1,)).sort().values
    offsets = torch.cat([torch.tensor([0]), cuts, torch.tensor([COUNT])])
    return [indices, torch.randn(COUNT), offsets]


def get_init_inputs() -> list:
    return [VOCABULARY, DIM]
