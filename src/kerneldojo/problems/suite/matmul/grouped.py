"""Grouped matrix product: consecutive rows share a weight, the groups differ in size."""

import torch
from torch import nn

METADATA = {
    "description": (
        "Multiply the first sizes[0] rows by weight 0, the next sizes[1] by weight 1 and so on; "
        "a group may be empty."
    ),
    "level": 2,
    "tags": ["matmul", "grouped", "ragged", "integer", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"ROWS": 997, "GROUPS": 7, "IN": 131, "OUT": 121}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "ROWS": 90, "GROUPS": 4, "IN": 50, "OUT": 41},
        },
        {"name": "small", "constants": {"ROWS": 101, "GROUPS": 5, "IN": 37, "OUT": 45}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"ROWS": 16384, "GROUPS": 16, "IN": 1024, "OUT": 1024},
        },
    ],
}

DTYPE = "float32"
ROWS = 2048
GROUPS = 8
IN = 256
OUT = 256


class Model(nn.Module):
    def __init__(self, groups: int, inputs: int, outputs: int, dtype: str) -> None:
        super().__init__()
        weight = torch.randn(groups, inputs, outputs) / inputs**0.5
        self.weight = nn.Parameter(weight.to(getattr(torch, dtype)))

    def forward(self, x: torch.Tensor, sizes: torch.Tensor) -> torch.Tensor:
        parts = x.split(sizes.tolist())
        return torch.cat([part @ weight for part, weight in zip(parts, self.weight, strict=True)])


def get_inputs() -> list:
    cuts = torch.randint(0, ROWS + 1, (GROUPS - 1,)).sort().values
    ends = torch.cat([torch.tensor([0]), cuts, torch.tensor([ROWS])])
    return [torch.randn(ROWS, IN, dtype=getattr(torch, DTYPE)), ends.diff()]


def get_init_inputs() -> list:
    return [GROUPS, IN, OUT, DTYPE]
