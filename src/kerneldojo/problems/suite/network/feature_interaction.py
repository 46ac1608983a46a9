"""The heart of a recommendation model (DLRM): embeddings looked up and multiplied in pairs."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Per example, the dense vector and one embedding row per table; returns the dense "
        "vector followed by the dot products of all pairs i > j of these vectors, row by row."
    ),
    "level": 3,
    "tags": ["network", "embedding", "gather", "matmul", "integer", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3001, "TABLES": 13, "ROWS": 499, "DIM": 43}},
        {"name": "small", "constants": {"BATCH": 101, "TABLES": 5, "ROWS": 67, "DIM": 19}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 65536, "TABLES": 26, "ROWS": 20000, "DIM": 64},
        },
    ],
}

BATCH = 4096
TABLES = 15
ROWS = 1024
DIM = 64


class Model(nn.Module):
    def __init__(self, tables: int, rows: int, dim: int) -> None:
        super().__init__()
        self.tables = nn.Parameter(torch.randn(tables, rows, dim))
        lower = torch.tril_indices(tables + 1, tables + 1, offset=-1)
        self.register_buffer("left", lower[0].clone())
        self.register_buffer("right", lower[1].clone())

    def forward(self, dense: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
        number = torch.arange(indices.shape[1], device=indices.device)
        vectors = torch.cat([dense[:, None], self.tables[number, indices]], dim=1)
        products = vectors @ vectors.transpose(1, 2)
        return torch.cat([dense, products[:, self.left, self.right]], dim=1)


def get_inputs() -> list:
    return [torch.randn(BATCH, DIM), torch.randint(0, ROWS, (BATCH, TABLES))]


def get_init_inputs() -> list:
    return [TABLES, ROWS, DIM]
