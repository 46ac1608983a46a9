"""Linear recurrence with a gate per step and channel, as in state-space models."""

import torch
from torch import nn

METADATA = {
    "description": "h[t] = gate[t] * h[t - 1] + x[t] along T of (N, T, D), from a given h[-1].",
    "level": 2,
    "tags": ["scan", "recurrence"],
    "distributions": ["default"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "TOKENS": 201, "WIDTH": 403}},
        {"name": "small", "constants": {"BATCH": 2, "TOKENS": 37, "WIDTH": 61}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 16, "TOKENS": 1024, "WIDTH": 4096},
        },
    ],
}

BATCH = 4
TOKENS = 256
WIDTH = 512


class Model(nn.Module):
    def forward(self, x: torch.Tensor, gate: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        states = []
        for step in range(x.shape[1]):
            state = gate[:, step] * state + x[:, step]
            states.append(state)
        return torch.stack(states, dim=1)


def get_inputs() -> list:
    x, gate = torch.randn(BATCH, TOKENS, WIDTH), 0.5 + 0.5 * torch.rand(BATCH, TOKENS, WIDTH)
    return [x, gate, torch.randn(BATCH, WIDTH)]


def get_init_inputs() -> list:
    return []
