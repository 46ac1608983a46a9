"""Focal loss of a detector: well-classified examples weigh little."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Sigmoid focal loss with gamma 2 against 0/1 targets, summed over each row.",
    "level": 2,
    "tags": ["loss", "reduction", "fused"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 39, "COLS": 103}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024
ALPHA = 0.25


class Model(nn.Module):
    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        entropy = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        chance = torch.sigmoid(logits)
        missed = chance * (1.0 - targets) + (1.0 - chance) * targets
        weight = self.alpha * targets + (1.0 - self.alpha) * (1.0 - targets)
        return (weight * missed.square() * entropy).sum(dim=-1)


def get_inputs() -> list:
    return [2.0 * torch.randn(ROWS, COLS), (torch.rand(ROWS, COLS) < 0.2).float()]


def get_init_inputs() -> list:
    return [ALPHA]
