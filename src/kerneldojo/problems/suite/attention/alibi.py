"""Causal attention with linear biases instead of position embeddings (ALiBi)."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Causal attention whose score of query i and key j is lowered by slope * (i - j), "
        "with slopes 2**-(8 / heads), 2**-(16 / heads), ... per head."
    ),
    "level": 2,
    "tags": ["attention", "causal", "bias", "softmax", "matmul", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "HEADS": 3, "LENGTH": 251, "DIM": 40}},
        {"name": "small", "constants": {"BATCH": 2, "HEADS": 2, "LENGTH": 45, "DIM": 24}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 4, "HEADS": 16, "LENGTH": 2048, "DIM": 64},
        },
    ],
}

BATCH = 1
HEADS = 8
LENGTH = 512
DIM = 64


class Model(nn.Module):
    def __init__(self, heads: int) -> None:
        super().__init__()
        self.register_buffer("slopes", 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads))

    def forward(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        place = torch.arange(q.shape[-2], device=q.device)
        distance = place[:, None] - place
        scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        scores = scores - self.slopes[:, None, None] * distance
        scores = scores.masked_fill(distance < 0, float("-inf"))
        return torch.softmax(scores, dim=-1) @ v


def get_inputs() -> list:
    return [torch.randn(BATCH, HEADS, LENGTH, DIM) for _ in range(3)]


def get_init_inputs() -> list:
    return [HEADS]
