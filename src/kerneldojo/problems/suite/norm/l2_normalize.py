"""Euclidean normalisation of rows, as for embeddings that are compared by cosine."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Divide each row by its Euclidean norm, which counts as at least eps.",
    "level": 1,
    "tags": ["norm", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "bf16", "constants": {"ROWS": 33, "COLS": 127, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 33, "COLS": 127}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DTYPE = "float32"
EPS = 1e-6


class Model(nn.Module):
    def __init__(self, eps: float) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.normalize(x, dim=-1, eps=self.eps)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(ROWS, COLS, dtype=dtype)]


def get_init_inputs() -> list:
    return [EPS]
