"""Cross-entropy against smoothed labels, one loss per row."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Cross-entropy of logits and smoothed class indices, a loss per row.",
    "level": 2,
    "tags": ["loss", "reduction", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "CLASSES": 1013}},
        {"name": "bf16", "constants": {"ROWS": 37, "CLASSES": 101, "DTYPE": "bfloat16"}},
        {"name": "small", "constants": {"ROWS": 37, "CLASSES": 101}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "CLASSES": 32768}},
    ],
}

ROWS = 2048
CLASSES = 2048
DTYPE = "float32"
SMOOTHING = 0.1


class Model(nn.Module):
    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.smoothing = smoothing

    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits, targets, reduction="none", label_smoothing=self.smoothing)


def get_inputs() -> list:
    dtype = getattr(torch, DTYPE)
    logits = 2.0 * torch.randn(ROWS, CLASSES, dtype=dtype)
    return [logits, torch.randint(0, CLASSES, (ROWS,))]


def get_init_inputs() -> list:
    return [SMOOTHING]
