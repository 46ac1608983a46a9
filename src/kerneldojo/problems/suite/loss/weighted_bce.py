"""Binary cross-entropy of logits, with a weight for the positives of each label."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Row means of the cross-entropy of logits and 0/1 targets, positives weighted.",
    "level": 1,
    "tags": ["loss", "reduction", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 39, "COLS": 103}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 1024
COLS = 1024


class Model(nn.Module):
    def __init__(self, cols: int) -> None:
        super().__init__()
        self.register_buffer("positive", 0.5 + 4.0 * torch.rand(cols))

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        losses = F.binary_cross_entropy_with_logits(
            logits, targets, pos_weight=self.positive, reduction="none"
        )
        return losses.mean(dim=-1)


def get_inputs() -> list:
    return [torch.randn(ROWS, COLS), (torch.rand(ROWS, COLS) < 0.3).float()]


def get_init_inputs() -> list:
    return [COLS]
