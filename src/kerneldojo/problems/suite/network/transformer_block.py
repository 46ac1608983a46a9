"""A pre-norm decoder block: causal self-attention and an MLP, each with a residual."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "x + attention(norm(x)), then x + mlp(norm(x)): LayerNorm, causal attention with "
        "several heads, MLP of four times the width with GELU."
    ),
    "level": 3,
    "tags": ["network", "attention", "norm", "matmul", "residual", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "LENGTH": 467, "DIM": 201, "HEADS": 3}},
        {"name": "small", "constants": {"BATCH": 2, "LENGTH": 43, "DIM": 60, "HEADS": 3}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 4, "LENGTH": 1024, "DIM": 1024, "HEADS": 16},
        },
    ],
}

BATCH = 4
LENGTH = 256
DIM = 256
HEADS = 4


class Model(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.out = nn.Linear(dim, dim)
        self.mlp_norm = nn.LayerNorm(dim)
        self.up = nn.Linear(dim, 4 * dim)
        self.down = nn.Linear(4 * dim, dim)
        for norm in (self.attention_norm, self.mlp_norm):
            nn.init.normal_(norm.weight, mean=1.0, std=0.2)
            nn.init.normal_(norm.bias, std=0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, dim = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, length, 3, self.heads, -1)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, dim))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x))))


def get_inputs() -> list:
    return [torch.randn(BATCH, LENGTH, DIM)]


def get_init_inputs() -> list:
    return [DIM, HEADS]
