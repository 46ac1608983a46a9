"""Bias, dropout by a given mask, and the residual connection, as after a transformer's MLP."""

import torch
from torch import nn

METADATA = {
    "description": "residual + keep * (x + bias) / (1 - p), with a boolean keep mask as input.",
    "level": 2,
    "tags": ["fused", "elementwise", "mask", "bool", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 39, "COLS": 121, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 39, "COLS": 121}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048
DTYPE = "float32"
DROP = 0.25


class Model(nn.Module):
    def __init__(self, cols: int, drop: float, dtype: str) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.randn(cols, dtype=getattr(torch, dtype)))
        self.drop = drop

    def forward(self, x: torch.Tensor, residual: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
        return residual + keep * (x + self.bias) / (1.0 - self.drop)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    x, residual = torch.randn(ROWS, COLS, dtype=dtype), torch.randn(ROWS, COLS, dtype=dtype)
    return [x, residual, torch.rand(ROWS, COLS) >= DROP]


def get_init_inputs() -> list:
    return [COLS, DROP, DTYPE]
