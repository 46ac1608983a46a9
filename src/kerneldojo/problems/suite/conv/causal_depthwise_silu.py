"""Short causal convolution over a sequence, then SiLU, as in front of a state-space model."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": "Depthwise causal Conv1d, 4 taps and bias, along (batch, channels, time); SiLU.",
    "level": 2,
    "tags": ["conv", "conv1d", "depthwise", "causal", "activation", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 3, "CHANNELS": 131, "LENGTH": 1999}},
        {
            "name": "bf16",
            "constants": {"DTYPE": "bfloat16", "BATCH": 2, "CHANNELS": 31, "LENGTH": 90},
        },
        {"name": "small", "constants": {"BATCH": 2, "CHANNELS": 29, "LENGTH": 101}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "CHANNELS": 2048, "LENGTH": 4096},
        },
    ],
}

DTYPE = "float32"
BATCH = 4
CHANNELS = 256
LENGTH = 2048
TAPS = 4


class Model(nn.Module):
    def __init__(self, channels: int, taps: int, dtype: str) -> None:
        super().__init__()
        kind = getattr(torch, dtype)
        self.conv = nn.Conv1d(channels, channels, taps, groups=channels, dtype=kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        past = self.conv.kernel_size[0] - 1
        return F.silu(self.conv(F.pad(x, (past, 0))))


def get_inputs() -> list:
    return [torch.randn(BATCH, CHANNELS, LENGTH, dtype=getattr(torch, DTYPE))]


def get_init_inputs() -> list:
    return [CHANNELS, TAPS, DTYPE]
