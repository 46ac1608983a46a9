"""Residual addition followed by RMS normalisation, as before every block of a transformer."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "RMS norm with scale of x + residual; returns it and the sum.",
    "level": 2,
    "tags": ["norm", "fused", "reduction", "parameters", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 31, "COLS": 130, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 31, "COLS": 130}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048
DTYPE = "float32"
EPS = 1e-6


class Model(nn.Module):
    def __init__(self, cols: int, eps: float, dtype: str) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.2 * torch.randn(cols, dtype=getattr(torch, dtype)))
        self.eps = eps

    def forward(self, x: torch.Tensor, residual: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        total = x + residual
        return F.rms_norm(total, (total.shape[-1],), self.weight, self.eps), total


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype), torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return [COLS, EPS, DTYPE]
