"""Cosine embedding loss: pull pairs together, or push them apart."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Per row: 1 - cos(a, b) for label 1, max(0, cos(a, b) - margin) for label -1.",
    "level": 2,
    "tags": ["loss", "reduction", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 109}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 16384, "COLS": 4096}},
    ],
}

ROWS = 2048
COLS = 2048
MARGIN = 0.1


class Model(nn.Module):
    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, a: torch.Tensor, b: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return F.cosine_embedding_loss(a, b, label, margin=self.margin, reduction="none")


def get_inputs() -> list:
    a = torch.randn(ROWS, COLS)
    return [a, torch.randn(ROWS, COLS) + 0.5 * a, 2 * torch.randint(0, 2, (ROWS,)) - 1]


def get_init_inputs() -> list:
    return [MARGIN]
