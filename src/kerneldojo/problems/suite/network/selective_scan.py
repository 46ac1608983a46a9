"""The selective scan of a state-space model (Mamba): a recurrence the input controls."""

import torch
from torch import nn
from torch.nn import functional as F

METADATA = {
    "description": (
        "With step = softplus(delta + bias), per channel c and state n: h = exp(step * a[c, n]) "
        "* h + step * b[t, n] * x[t, c]; y[t, c] = sum over n of h * c[t, n], plus skip * x."
    ),
    "level": 3,
    "tags": ["network", "scan", "recurrent", "state-space", "fused", "parameters"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 2, "LENGTH": 29, "CHANNELS": 2003, "STATE": 13}},
        {"name": "small", "constants": {"BATCH": 2, "LENGTH": 23, "CHANNELS": 51, "STATE": 11}},
        {
            "name": "gpu",
            "target": "cuda",
            "constants": {"BATCH": 8, "LENGTH": 1024, "CHANNELS": 2048, "STATE": 16},
        },
    ],
}

BATCH = 4
LENGTH = 32
CHANNELS = 2048
STATE = 16


class Model(nn.Module):
    def __init__(self, channels: int, state: int) -> None:
        super().__init__()
        rates = torch.arange(1, state + 1).repeat(channels, 1) * (0.5 + torch.rand(channels, 1))
        self.log_rate = nn.Parameter(torch.log(rates))
        self.bias = nn.Parameter(torch.randn(channels) - 2.0)
        self.skip = nn.Parameter(torch.randn(channels))

    def forward(
        self, x: torch.Tensor, delta: torch.Tensor, b: torch.Tensor, c: torch.Tensor
    ) -> torch.Tensor:
        rate = -torch.exp(self.log_rate)
        step = F.softplus(delta + self.bias)
        state = x.new_zeros(x.shape[0], *rate.shape)
        outputs = []
        for t in range(x.shape[1]):
            now = step[:, t, :, None]
            state = torch.exp(now * rate) * state + now * b[:, t, None, :] * x[:, t, :, None]
            outputs.append((state * c[:, t, None, :]).sum(dim=-1))
        return torch.stack(outputs, dim=1) + self.skip * x


def get_inputs() -> list:
    x, delta = torch.randn(2, BATCH, LENGTH, CHANNELS).unbind()
    b, c = torch.randn(2, BATCH, LENGTH, STATE).unbind()
    return [x.clone(), delta.clone(), b.clone(), c.clone()]


def get_init_inputs() -> list:
    return [CHANNELS, STATE]
