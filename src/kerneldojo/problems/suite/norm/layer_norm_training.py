"""Layer normalisation with the gradients of its input, scale and shift."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "LayerNorm over the last dimension. With backward, parameters included.",
    "level": 3,
    "tags": ["norm", "reduction", "backward", "parameters"],
    "backward": True,
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 700, "COLS": 901}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 127}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 4096}},
    ],
}

ROWS = 1024
COLS = 1024
EPS = 1e-5


class Model(nn.Module):
    def __init__(self, cols: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(1.0 + 0.2 * torch.randn(cols))
        self.bias = nn.Parameter(0.2 * torch.randn(cols))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, (x.shape[-1],), self.weight, self.bias, self.eps)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return [COLS, EPS]
