"""A linear layer with weights packed two to a byte, with a scale and zero point per group."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "Linear layer with 4-bit weights. Byte j of a row holds input 2j in its low and 2j + 1 "
        "in its high half; each group of inputs has a scale and a zero point per output."
    ),
    "level": 2,
    "tags": ["matmul", "quantised", "packed", "integer", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 131, "GROUPS": 11, "GROUP": 30, "OUT": 263}},
        {"name": "small", "constants": {"BATCH": 19, "GROUPS": 3, "GROUP": 22, "OUT": 51}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 1024, "GROUPS": 32, "GROUP": 128, "OUT": 4096},
        },
    ],
}

BATCH = 512
GROUPS = 8
GROUP = 64
OUT = 512


class Model(nn.Module):
    def __init__(self, groups: int, group: int, outputs: int) -> None:
        super().__init__()
        packed = torch.randint(0, 256, (outputs, groups * group // 2), dtype=torch.uint8)
        self.register_buffer("packed", packed)
        self.register_buffer("zero", torch.randint(5, 11, (outputs, groups), dtype=torch.uint8))
        self.scale = nn.Parameter((0.5 + torch.rand(outputs, groups)) / (groups * group) ** 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs, groups = self.scale.shape
        codes = torch.stack([self.packed & 15, self.packed >> 4], dim=-1)
        codes = codes.view(outputs, groups, -1).to(x.dtype)
        weight = (codes - self.zero[:, :, None]) * self.scale[:, :, None]
        return F.linear(x, weight.view(outputs, -1))


def get_inputs() -> list:
    return [torch.randn(BATCH, GROUPS * GROUP)]


def get_init_inputs() -> list:
    return [GROUPS, GROUP, OUT]
