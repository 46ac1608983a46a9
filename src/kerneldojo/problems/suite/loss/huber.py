"""Huber loss: quadratic near zero, linear beyond, averaged over everything."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Mean Huber loss of predictions and targets: a scalar.",
    "level": 1,
    "tags": ["loss", "reduction", "scalar"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 1000, "COLS": 1013}},
        {"name": "small", "constants": {"ROWS": 41, "COLS": 103}},
        {"name": "gpu", "target": "cuda", "constants": {"ROWS": 8192, "COLS": 8192}},
    ],
}

ROWS = 2048
COLS = 2048
DELTA = 1.0


class Model(nn.Module):
    def __init__(self, delta: float) -> None:
        super().__init__()
        self.delta = delta

    def forward(self, prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return F.huber_loss(prediction, target, delta=self.delta)


def get_inputs() -> list:
    spread = 0.5 + 2.0 * torch.rand(())
    return [spread * torch.randn(ROWS, COLS), spread * torch.randn(ROWS, COLS)]


def get_init_inputs() -> list:
    return [DELTA]
