"""Product of a matrix and a vector, bound by memory, not by arithmetic."""

import torch
from torch import nn

METADATA = {
    "description": "Matrix-vector product a @ v.",
    "level": 1,
    "tags": ["matmul", "gemv", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"DTYPE": "bfloat16", "ROWS": 57, "COLS": 140}},
        {"name": "small", "constants": {"ROWS": 61, "COLS": 131}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

DTYPE = "float32"
ROWS = 2048
COLS = 2048


class Model(nn.Module):
    def forward(self, a: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return a @ v


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype), torch.randn(COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
