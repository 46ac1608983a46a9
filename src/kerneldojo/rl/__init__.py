"""The arithmetic of reinforcement learning on kernels: pure functions on tensors, no framework.

Importing this package loads torch. docs/algorithms.md has the formulas and their sources.
"""

from kerneldojo.rl.advantages import (
    ESTIMATORS,
    NO_TURN,
    Advantages,
    Estimator,
    accumulated_energy,
    broadcast,
    dr_grpo,
    estimator,
    grpo,
    logit_gradient_proxy,
    otb,
    otb_tokens,
    reinforce,
    rloo,
    trloo,
    turn_energy,
    turn_grpo,
)
from kerneldojo.rl.allocation import allocate
from kerneldojo.rl.filters import instructive, relapses
from kerneldojo.rl.profiling_rejection import (
    ProfilingRejection,
    RejectionRule,
    keeping_chance,
    profiling_rejection,
)
from kerneldojo.rl.rewards import IMPLAUSIBLE, PAPER, RELEASED, implausible, profiling_reward
from kerneldojo.rl.verdicts import Verdicts

__all__ = [
    "ESTIMATORS",
    "IMPLAUSIBLE",
    "NO_TURN",
    "PAPER",
    "RELEASED",
    "Advantages",
    "Estimator",
    "ProfilingRejection",
    "RejectionRule",
    "Verdicts",
    "accumulated_energy",
    "allocate",
    "broadcast",
    "dr_grpo",
    "estimator",
    "grpo",
    "implausible",
    "instructive",
    "keeping_chance",
    "logit_gradient_proxy",
    "otb",
    "otb_tokens",
    "profiling_rejection",
    "profiling_reward",
    "reinforce",
    "relapses",
    "rloo",
    "trloo",
    "turn_energy",
    "turn_grpo",
]
