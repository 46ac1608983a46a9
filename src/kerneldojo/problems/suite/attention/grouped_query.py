"""Causal attention in which several query heads share a head of keys and values (GQA)."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Causal attention; query head h reads key-value head h // (heads / kv_heads). "
        "With one key-value head it is multi-query attention."
    ),
    "level": 2,
    "tags": ["attention", "causal", "grouped-query", "softmax", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 2, "HEADS": 6, "KV_HEADS": 2, "LENGTH": 203, "DIM": 48},
        },
        {
            "name": "bf16",
            "constants": {
                "DTYPE": "bfloat16",
                "BATCH": 1,
                "HEADS": 4,
                "KV_HEADS": 2,
                "LENGTH": 42,
                "DIM": 32,
            },
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEADS": 3, "KV_HEADS": 1, "LENGTH": 37, "DIM": 24},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 2, "HEADS": 32, "KV_HEADS": 8, "LENGTH": 2048, "DIM": 128},
        },
    ],
}

DTYPE = "float32"
BATCH = 1
HEADS = 12
KV_HEADS = 3
LENGTH = 384
DIM = 64


class Model(nn.Module):
    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    q = torch.randn(BATCH, HEADS, LENGTH, DIM, dtype=dtype)
    return [q, *(torch.randn(BATCH, KV_HEADS, LENGTH, DIM, dtype=dtype) for _ in range(2))]


def get_init_inputs() -> list:
    return []
