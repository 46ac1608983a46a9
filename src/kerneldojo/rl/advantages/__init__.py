"""Advantages of turns: one file per estimator, one signature for all."""

from kerneldojo.rl.advantages.broadcast import NO_TURN, broadcast
from kerneldojo.rl.advantages.dr_grpo import dr_grpo
from kerneldojo.rl.advantages.grpo import grpo
from kerneldojo.rl.advantages.otb import (
    accumulated_energy,
    logit_gradient_proxy,
    otb,
    otb_tokens,
    turn_energy,
)
from kerneldojo.rl.advantages.registry import ESTIMATORS, estimator
from kerneldojo.rl.advantages.reinforce import reinforce
from kerneldojo.rl.advantages.rloo import rloo
from kerneldojo.rl.advantages.trloo import trloo
from kerneldojo.rl.advantages.turn_grpo import turn_grpo
from kerneldojo.rl.advantages.turns import Advantages, Estimator, Single

__all__ = [
    "ESTIMATORS",
    "NO_TURN",
    "Advantages",
    "Estimator",
    "Single",
    "accumulated_energy",
    "broadcast",
    "dr_grpo",
    "estimator",
    "grpo",
    "logit_gradient_proxy",
    "otb",
    "otb_tokens",
    "reinforce",
    "rloo",
    "trloo",
    "turn_energy",
    "turn_grpo",
]
