"""Cross-entropy of logits against class indices, averaged over the rows."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Mean cross-entropy of float logits and int64 class indices: a scalar.",
    "level": 1,
    "tags": ["loss", "reduction", "integer", "scalar"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "CLASSES": 1013}},
        {"name": "small", "constants": {"ROWS": 37, "CLASSES": 101}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 4096, "CLASSES": 32768}},
    ],
}

ROWS = 2048
CLASSES = 2048


class Model(nn.Module):
    def forward(self, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits, targets)


def get_inputs() -> list:
    return [torch.randn(ROWS, CLASSES), torch.randint(0, CLASSES, (ROWS,))]


def get_init_inputs() -> list:
    return []
