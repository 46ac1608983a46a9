"""The elementwise half of an LSTM cell: four gates and the old cell state make the new state."""

import torch
from torch import nn

METADATA = {
    "description": "New hidden and cell state from gates (i, f, g, o) and the old cell state.",
    "level": 2,
    "tags": ["fused", "activation", "elementwise", "multi-output"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 601, "HIDDEN": 507}},
        {"name": "small", "constants": {"BATCH": 33, "HIDDEN": 59}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 4096, "HIDDEN": 4096}},
    ],
}

BATCH = 1024
HIDDEN = 1024


class Model(nn.Module):
    def forward(self, gates: torch.Tensor, cell: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i, f, g, o = gates.chunk(4, dim=-1)
        cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(cell), cell


def get_inputs() -> list:
    return [torch.randn(BATCH, 4 * HIDDEN), torch.randn(BATCH, HIDDEN)]


def get_init_inputs() -> list:
    return []
