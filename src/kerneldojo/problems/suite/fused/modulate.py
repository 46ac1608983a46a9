"""Adaptive layer normalisation, as in diffusion transformers: scale and shift per sample."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Layer norm, times (1 + scale), plus shift; both are given per sample.",
    "level": 2,
    "tags": ["fused", "norm", "broadcast"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 5, "TOKENS": 171, "WIDTH": 1013}},
        {
            "name": "bf16",
            "constants": {"BATCH": 3, "TOKENS": 11, "WIDTH": 130, "DTYPE": "bfloat16"},
        },
        {"name": "small", "constants": {"BATCH": 3, "TOKENS": 11, "WIDTH": 130}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16, "TOKENS": 2048, "WIDTH": 2048},
        },
    ],
}

BATCH = 8
TOKENS = 256
WIDTH = 1024
DTYPE = "float32"
EPS = 1e-6


class Model(nn.Module):
    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.width = width
        self.eps = eps

    def forward(self, x: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
        normalised = F.layer_norm(x, (self.width,), eps=self.eps)
        return normalised * (1.0 + scale[:, None, :]) + shift[:, None, :]


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    x = torch.randn(BATCH, TOKENS, WIDTH, dtype=dtype)
    return [x, torch.randn(BATCH, WIDTH, dtype=dtype), torch.randn(BATCH, WIDTH, dtype=dtype)]


def get_init_inputs() -> list:
    return [WIDTH, EPS]
