"""Softmax of rows of different lengths that are padded to one size."""

import torch
from torch import nn

METADATA = {
    "description": "Softmax over the first lengths[i] elements of row i; zero behind them.",
    "level": 2,
    "tags": ["softmax", "reduction", "mask", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 37, "COLS": 113, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 113}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        padding = torch.arange(x.shape[-1], device=x.device) >= lengths[:, None]
        return torch.softmax(x.masked_fill(padding, float("-inf")), dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype), torch.randint(1, COLS + 1, (ROWS,))]


def get_init_inputs() -> list:
    return []
