"""Layer normalisation over the last dimension, with scale and shift."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Normalise each row to mean 0 and variance 1, then scale and shift it.",
    "level": 1,
    "tags": ["norm", "reduction", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 29, "COLS": 131}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
EPS = 1e-5


class Model(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.1 * torch.randn(cols))
        self.bias = nn.Parameter(0.1 * torch.randn(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, x.shape[-1:], self.weight, self.bias, self.eps)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return [COLS, EPS]
