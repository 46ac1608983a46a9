"""Histogram of class indices, one row of counts for each row of indices."""

import torch
from torch import nn

METADATA = {
    "description": "counts[r, c] = how often c occurs in row r of an int64 matrix (as int64).",
    "level": 1,
    "tags": ["histogram", "scatter", "atomic", "integer"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 61, "COLS": 4999, "BINS": 101}},
        {"name": "small", "constants": {"ROWS": 13, "COLS": 401, "BINS": 43}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"ROWS": 1024, "COLS": 32768, "BINS": 256},
        },
    ],
}

ROWS = 64
COLS = 16384
BINS = 128


class Model(nn.Module):
    def __init__(self, bins: int) -> None:
        super().__init__()
        self.bins = bins

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        counts = torch.zeros(x.shape[0], self.bins, dtype=torch.int64, device=x.device)
        return counts.scatter_add(1, x, torch.ones_like(x))


def get_inputs() -> list:
    # The product of two draws favours small values, as real histograms favour some bins.
    first, second = torch.rand(2, ROWS, COLS).unbind()
    return [(first * second * BINS).long()]


def get_init_inputs() -> list:
    return [BINS]
