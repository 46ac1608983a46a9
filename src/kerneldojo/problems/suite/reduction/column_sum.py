"""Sum of each column, as for the gradient of a bias."""

import torch
from torch import nn

METADATA = {
    "description": "Sum over the first dimension.",
    "level": 1,
    "tags": ["reduction", "strided"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 61, "COLS": 101, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 61, "COLS": 101}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 32768, "COLS": 2048}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum(dim=0)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
