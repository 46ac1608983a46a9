"""Scaled dot-product attention over all keys, written out."""

import torch
from torch import nn

METADATA = {
    "description": "softmax(q @ k.T / sqrt(dim)) @ v for (batch, heads, length, dim) tensors.",
    "level": 2,
    "tags": ["attention", "softmax", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 253, "DIM": 40}},
        {"name": "small", "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 43, "DIM": 24}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "HEADS": 16, "LENGTH": 1024, "DIM": 64},
        },
    ],
}

BATCH = 2
HEADS = 8
LENGTH = 256
DIM = 64


class Model(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        return torch.softmax(scores, dim=-1) @ v


def get_inputs() -> list:
    return [torch.randn(BATCH, HEADS, LENGTH, DIM) for _ in range(3)]


def get_init_inputs() -> list:
    return []
