"""One step of a gated recurrent unit."""

import torch
from torch import nn

METADATA = {
    "description": (
        "GRU cell with gates in the order reset, update, new; the reset gate multiplies the "
        "hidden state's part of the new gate, its bias included."
    ),
    "level": 3,
    "tags": ["network", "recurrent", "matmul", "activation", "parameters"],
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
        self.cell = nn.GRUCell(inputs, hidden)

    def forward(self, x: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        return self.cell(x, hidden)


def get_inputs() -> list:
    return [torch.randn(BATCH, IN), torch.randn(BATCH, HIDDEN)]


def get_init_inputs() -> list:
    return [IN, HIDDEN]
