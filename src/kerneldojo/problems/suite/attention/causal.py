"""Causal attention: each position sees itself and what came before."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Causal scaled dot-product attention on (batch, heads, length, dim) tensors.",
    "level": 2,
    "tags": ["attention", "causal", "softmax", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 301, "DIM": 40}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 1, "HEADS": 3, "LENGTH": 54, "DIM": 32},
        },
        {"name": "small", "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 47, "DIM": 24}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 4, "HEADS": 16, "LENGTH": 2048, "DIM": 64},
        },
    ],
}

DTYPE = "float32"
BATCH = 1
HEADS = 8
LENGTH = 512
DIM = 64


class Model(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, HEADS, LENGTH, DIM, dtype=dtype) for _ in range(3)]


def get_init_inputs() -> list:
    return []
