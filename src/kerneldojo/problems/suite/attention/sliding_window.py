"""Causal attention that sees only a window of the most recent positions."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Attention in which position i sees the positions i - window + 1 up to i.",
    "level": 2,
    "tags": ["attention", "causal", "local", "softmax", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 349, "DIM": 40, "WINDOW": 77},
        },
        {
            "name": "small",
            "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 53, "DIM": 24, "WINDOW": 19},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 2, "HEADS": 16, "LENGTH": 4096, "DIM": 64, "WINDOW": 512},
        },
    ],
}

BATCH = 1
HEADS = 6
LENGTH = 768
DIM = 64
WINDOW = 128


class Model(nn.Module):
    def __init__(self, window: int) -> None:
        super().__init__()
        self.window = window

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        place = torch.arange(q.shape[-2], device=q.device)
        distance = place[:, None] - place
        seen = (distance >= 0) & (distance < self.window)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def get_inputs() -> list:
    return [torch.randn(BATCH, HEADS, LENGTH, DIM) for _ in range(3)]


def get_init_inputs() -> list:
    return [WINDOW]
