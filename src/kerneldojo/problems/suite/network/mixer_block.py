"""An MLP-Mixer block: one MLP across the tokens, one across the channels."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "x + token MLP of the transposed LayerNorm of x, then x + channel MLP of the LayerNorm "
        "of x; both MLPs are linear, GELU, linear."
    ),
    "level": 3,
    "tags": ["network", "matmul", "norm", "activation", "residual", "parameters"],
    "workloads": [
        {"name": "base"},
        {
            "name": "odd",
            "constants": {"BATCH": 9, "TOKENS": 121, "DIM": 251, "ACROSS": 61, "HIDDEN": 263},
        },
        {
            "name": "small",
            "constants": {"BATCH": 3, "TOKENS": 37, "DIM": 51, "ACROSS": 29, "HIDDEN": 67},
        },
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 32, "TOKENS": 196, "DIM": 768, "ACROSS": 384, "HIDDEN": 3072},
        },
    ],
}

BATCH = 8
TOKENS = 128
DIM = 256
ACROSS = 128
HIDDEN = 384


class Model(nn.Module):
    def __init__(self, tokens: int, dim: int, across: int, hidden: int) -> None:
        super().__init__()
        self.token_norm = nn.LayerNorm(dim)
        self.token_up = nn.Linear(tokens, across)
        self.token_down = nn.Linear(across, tokens)
        self.channel_norm = nn.LayerNorm(dim)
        self.channel_up = nn.Linear(dim, hidden)
        self.channel_down = nn.Linear(hidden, dim)
        for norm in (self.token_norm, self.channel_norm):
            nn.init.normal_(norm.weight, mean=1.0, std=0.2)
            nn.init.normal_(norm.bias, std=0.2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        columns = self.token_norm(x).transpose(1, 2)
        x = x + self.token_down(F.gelu(self.token_up(columns))).transpose(1, 2)
        return x + self.channel_down(F.gelu(self.channel_up(self.channel_norm(x))))


def get_inputs() -> list:
    return [torch.randn(BATCH, TOKENS, DIM)]


def get_init_inputs() -> list:
    return [TOKENS, DIM, ACROSS, HIDDEN]
