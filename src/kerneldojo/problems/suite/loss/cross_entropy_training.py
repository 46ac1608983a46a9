"""Cross-entropy with the gradient of its logits, as at the end of every training step."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Cross-entropy of logits and class indices, a loss per row. With backward.",
    "level": 3,
    "tags": ["loss", "reduction", "integer", "backward"],
    "backward": True,
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "CLASSES": 1013}},
        {"name": "small", "constants": {"ROWS": 37, "CLASSES": 101}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "CLASSES": 32768}},
    ],
}

ROWS = 1024
CLASSES = 2048


class Model(nn.Module):
    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits, targets, reduction="none")


def get_inputs() -> list:
    return [torch.randn(ROWS, CLASSES), torch.randint(0, CLASSES, (ROWS,))]


def get_init_inputs() -> list:
    return []
