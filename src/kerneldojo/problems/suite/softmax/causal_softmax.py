"""Causal softmax of attention scores: a token sees itself and what came before."""

import torch
from torch import nn

METADATA = {
    "description": "Scale score matrices, hide what is right of the diagonal, softmax each row.",
    "level": 2,
    "tags": ["softmax", "reduction", "attention", "mask", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 11, "TOKENS": 203}},
        {"name": "bf16", "constants": {"BATCH": 3, "TOKENS": 47, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"BATCH": 3, "TOKENS": 47}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 64, "TOKENS": 1024}},
    ],
}

BATCH = 16
TOKENS = 256
DTYPE = "float32"
SCALE = 0.125


class Model(nn.Module):
    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, scores: torch.Tensor) -> torch.Tensor:
        tokens = scores.shape[-1]
        future = torch.ones(tokens, tokens, dtype=torch.bool, device=scores.device).triu(1)
        return torch.softmax((scores * self.scale).masked_fill(future, float("-inf")), dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [8.0 * torch.randn(BATCH, TOKENS, TOKENS, dtype=dtype)]


def get_init_inputs() -> list:
    return [SCALE]
