"""A linear layer with weights stored as int8, one scale per output (weight-only quantisation)."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Linear layer whose int8 weight is scaled per output channel; float inputs.",
    "level": 2,
    "tags": ["matmul", "quantised", "integer", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 251, "IN": 241, "OUT": 263}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 35, "IN": 72, "OUT": 46},
        },
        {"name": "small", "constants": {"BATCH": 27, "IN": 61, "OUT": 51}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 2048, "IN": 4096, "OUT": 4096},
        },
    ],
}

DTYPE = "float32"
BATCH = 512
IN = 512
OUT = 768


class Model(nn.Module):
    def __init__(self, inputs: int, outputs: int, dtype: str) -> None:
        super().__init__()
        weight = torch.randint(-127, 128, (outputs, inputs), dtype=torch.int8)
        scale = (0.5 + torch.rand(outputs)) / (64 * inputs**0.5)
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale.to(getattr(torch, dtype)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.to(x.dtype)) * self.scale


def get_inputs() -> list:
    return [torch.randn(BATCH, IN, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return [IN, OUT, DTYPE]
