"""A linear layer with a low-rank adapter beside it (LoRA)."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "x @ W.T + bias + scale * (x @ A.T) @ B.T with A and B of low rank.",
    "level": 2,
    "tags": ["matmul", "low-rank", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 509, "IN": 241, "OUT": 263, "RANK": 7}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 33, "IN": 72, "OUT": 52, "RANK": 8},
        },
        {"name": "small", "constants": {"BATCH": 37, "IN": 61, "OUT": 53, "RANK": 3}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8192, "IN": 2048, "OUT": 2048, "RANK": 16},
        },
    ],
}

DTYPE = "float32"
BATCH = 1024
IN = 384
OUT = 384
RANK = 16
SCALE = 2.0


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int, rank: int, scale: float, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.linear = nn.Linear(inputs, outputs, dtype=kind)
        self.down = nn.Parameter(torch.randn(rank, inputs, dtype=kind) / inputs**0.5)
        self.up = nn.Parameter(torch.randn(outputs, rank, dtype=kind) / rank**0.5)
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(x) + self.scale * F.linear(F.linear(x, self.down), self.up)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return [IN, OUT, RANK, SCALE, DTYPE]
