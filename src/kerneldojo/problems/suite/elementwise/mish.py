"""Mish activation: x times the hyperbolic tangent of its softplus."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Mish: x * tanh(log(1 + exp(x))), element by element.",
    "level": 1,
    "tags": ["elementwise", "activation"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 37, "COLS": 131, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 131}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.mish(x)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return []
