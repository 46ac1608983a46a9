"""Generalised advantage estimation: a discounted sum from the end of each episode backwards."""

import torch
from torch import nn

METADATA = {
    "description": "a[t] = delta[t] + gamma * lambda * a[t + 1], until the episode is done.",
    "level": 3,
    "tags": ["scan", "recurrence", "bool", "reinforcement-learning"],
    "workloads": [
        {"name": "base"},
        {"name": "odd", "constants": {"BATCH": 1013, "STEPS": 301}},
        {"name": "small", "constants": {"BATCH": 61, "STEPS": 67}},
        {"name": "gpu", "target": "cuda", "constants": {"BATCH": 65536, "STEPS": 1024}},
    ],
}

BATCH = 2048
STEPS = 256
GAMMA = 0.99
SMOOTHING = 0.95


class Model(nn.Module):
    def __init__(self, gamma: float, smoothing: float) -> None:
        super().__init__()
        self.gamma = gamma
        self.smoothing = smoothing

    def forward(
        self, rewards: torch.Tensor, values: torch.Tensor, done: torch.Tensor
    ) -> torch.Tensor:
        going = 1.0 - done.to(values.dtype)
        delta = rewards + self.gamma * going * values[:, 1:] - values[:, :-1]
        advantage, advantages = torch.zeros_like(delta[:, 0]), []
        for step in reversed(range(delta.shape[1])):
            decay = self.gamma * self.smoothing * going[:, step]
            advantage = delta[:, step] + decay * advantage
            advantages.append(advantage)
        return torch.stack(advantages[::-1], dim=1)


def get_inputs() -> list:
    rewards, values = torch.randn(BATCH, STEPS), torch.randn(BATCH, STEPS + 1)
    return [rewards, values, torch.rand(BATCH, STEPS) < 0.02]


def get_init_inputs() -> list:
    return [GAMMA, SMOOTHING]
