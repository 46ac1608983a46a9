"""Linear attention: a positive feature map in place of the softmax."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "With f(x) = elu(x) + 1: f(q) @ (f(k).T @ v), divided row by row by f(q) @ sum(f(k))."
    ),
    "level": 2,
    "tags": ["attention", "linear-attention", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 1019, "DIM": 40}},
        {"name": "small", "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 67, "DIM": 24}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "HEADS": 16, "LENGTH": 4096, "DIM": 64},
        },
    ],
}

BATCH = 2
HEADS = 8
LENGTH = 1024
DIM = 64


class Model(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        q, k = F.elu(q) + 1.0, F.elu(k) + 1.0
        state = k.transpose(-2, -1) @ v
        weight = q @ k.sum(dim=-2)[..., None]
        return (q @ state) / weight


def get_inputs() -> list:
    return [torch.randn(BATCH, HEADS, LENGTH, DIM) for _ in range(3)]


def get_init_inputs() -> list:
    return []
