"""Rotary position embedding: rotate pairs of channels by angles that grow with position."""

import torch
from torch import nn

METADATA = {
    "description": "Rotate the two halves of each head's channels by the angle of its position.",
    "level": 2,
    "tags": ["elementwise", "attention"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "TOKENS": 301, "HEADS": 7, "WIDTH": 80}},
        {
            "name": "bf16",
            "constants": {"BATCH": 2, "TOKENS": 13, "HEADS": 3, "WIDTH": 20, "DTYPE": "bfloat16"},
        },
        {"name": "small", "constants": {"BATCH": 2, "TOKENS": 13, "HEADS": 3, "WIDTH": 20}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "TOKENS": 2048, "HEADS": 32, "WIDTH": 128},
        },
    ],
}

BATCH = 4
TOKENS = 512
HEADS = 8
WIDTH = 64
DTYPE = "float32"


class Model(nn.Module):
    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        left, right = x.chunk(2, dim=-1)
        cos, sin = cos[:, None, :], sin[:, None, :]
        return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    frequencies = 10000.0 ** (-torch.arange(WIDTH // 2) / (WIDTH // 2))
    angles = (torch.randint(0, 4 * TOKENS, (TOKENS, 1)) * frequencies).to(dtype)
    return [torch.randn(BATCH, TOKENS, HEADS, WIDTH, dtype=dtype), angles.cos(), angles.sin()]


def get_init_inputs() -> list:
    return []
