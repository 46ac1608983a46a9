"""Triplet loss: the anchor should be nearer to its like than to the other, by a margin."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Per row: max(0, |a - p| - |a - n| + margin) with Euclidean distances.",
    "level": 2,
    "tags": ["loss", "reduction"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 37, "COLS": 109}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 16384, "COLS": 2048}},
    ],
}

ROWS = 2048
COLS = 1024
MARGIN = 2.0


class Model(nn.Module):
    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(
        self, anchor: torch.Tensor, positive: torch.Tensor, negative: torch.Tensor
    ) -> torch.Tensor:
        return F.triplet_margin_loss(
            anchor, positive, negative, margin=self.margin, reduction="none"
        )


def get_inputs() -> list:
    shape = (ROWS, COLS)
    return [torch.randn(shape), torch.randn(shape), torch.randn(shape)]


def get_init_inputs() -> list:
    return [MARGIN]
