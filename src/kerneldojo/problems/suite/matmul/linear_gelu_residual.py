"""A fully connected layer, GELU and a residual addition, as around a transformer's MLP."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "residual + gelu(linear(x)), GELU in its exact (erf) form.",
    "level": 2,
    "tags": ["matmul", "activation", "fused", "residual", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 251, "IN": 241, "OUT": 263}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 37, "IN": 66, "OUT": 58},
        },
        {"name": "small", "constants": {"BATCH": 33, "IN": 51, "OUT": 43}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8192, "IN": 2048, "OUT": 2048},
        },
    ],
}

DTYPE = "float32"
BATCH = 1024
IN = 384
OUT = 512


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int, dtype: str) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, dtype=getattr(torch, dtype))

    def forward(self, x: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
        return residual + F.gelu(self.linear(x))


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    return [torch.randn(BATCH, IN, dtype=dtype), torch.randn(BATCH, OUT, dtype=dtype)]


def get_init_inputs() -> list:
    return [IN, OUT, DTYPE]
