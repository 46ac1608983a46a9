"""One step of an LSTM: from input, hidden state and cell state to both new states."""

import torch
from torch import nn

METADATA = {
    "description": (
        "LSTM cell with gates in the order input, forget, cell, output; returns the new hidden "
        "state and the new cell state."
    ),
    "level": 3,
    "tags": ["network", "recurrent", "matmul", "activation", "multi-output", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 1301, "IN": 131, "HIDDEN": 203}},
        {"name": "small", "constants": {"BATCH": 61, "IN": 37, "HIDDEN": 51}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8192, "IN": 1024, "HIDDEN": 1024},
        },
    ],
}

BATCH = 1024
IN = 128
HIDDEN = 256


class Model(nn.Module):
    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(inputs, hidden)

    def forward(
        self, x: torch.Tensor, hidden: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self.cell(x, (hidden, state))


def get_inputs() -> list:
    return [torch.randn(BATCH, IN), torch.randn(BATCH, HIDDEN), torch.randn(BATCH, HIDDEN)]


def get_init_inputs() -> list:
    return [IN, HIDDEN]
