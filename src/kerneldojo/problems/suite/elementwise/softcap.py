"""Soft cap on logits: a scaled hyperbolic tangent keeps them within bounds."""

import torch
from torch import nn

METADATA = {
    "description": "cap * tanh(x / cap), as applied to attention scores and to final logits.",
    "level": 1,
    "tags": ["elementwise", "activation"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 41, "COLS": 127, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 41, "COLS": 127}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 2048
DTYPE = "float32"
CAP = 15.0


class Model(nn.Module):
    def __init__(self, cap: float) -> None:
        super().__init__()
        self.cap = cap

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.cap * torch.tanh(x / self.cap)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [20.0 * torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return [CAP]
