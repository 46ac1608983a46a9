"""The gated MLP of a Llama-like transformer: silu(gate) * up, then down."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "down(silu(gate(x)) * up(x)) with three linear layers without bias.",
    "level": 3,
    "tags": ["network", "matmul", "activation", "gated", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"TOKENS": 1093, "DIM": 241, "HIDDEN": 331}},
        {"name": "small", "constants": {"TOKENS": 61, "DIM": 51, "HIDDEN": 83}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"TOKENS": 4096, "DIM": 2048, "HIDDEN": 5632},
        },
    ],
}

TOKENS = 1024
DIM = 256
HIDDEN = 512


class Model(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Linear(dim, hidden, bias=False)
        self.up = nn.Linear(dim, hidden, bias=False)
        self.down = nn.Linear(hidden, dim, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down(F.silu(self.gate(x)) * self.up(x))


def get_inputs() -> list:
    return [torch.randn(TOKENS, DIM)]


def get_init_inputs() -> list:
    return [DIM, HIDDEN]
