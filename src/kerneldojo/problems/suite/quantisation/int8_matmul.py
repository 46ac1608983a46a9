"""Product of int8 matrices with a scale per row and per column, as in quantised inference."""

import torch
from torch import nn

METADATA = {
    "description": "(a @ b) * row * column, with int8 a and b and float scales.",
    "level": 2,
    "tags": ["quantisation", "matmul", "integer", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 301, "COLS": 517, "DEPTH": 403}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 71, "DEPTH": 97}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "COLS": 8192, "DEPTH": 4096}},
    ],
}

ROWS = 512
COLS = 512
DEPTH = 512


class Model(nn.Module):
    def forward(
        self, a: torch.Tensor, b: torch.Tensor, row: torch.Tensor, column: torch.Tensor
    ) -> torch.Tensor:
        return (a.to(row.dtype) @ b.to(row.dtype)) * row[:, None] * column


def get_inputs() -> list:
    a = torch.randint(-128, 128, (ROWS, DEPTH), dtype=torch.int8)
    b = torch.randint(-128, 128, (DEPTH, COLS), dtype=torch.int8)
    return [a, b, 0.01 + 0.02 * torch.rand(ROWS), 0.01 + 0.02 * torch.rand(COLS)]


def get_init_inputs() -> list:
    return []
