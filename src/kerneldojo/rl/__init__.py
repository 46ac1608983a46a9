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
from kerneldojo.rl.gating import EntropyGate, entropy_gate
from kerneldojo.rl.losses import Clip, LossDiagnostics, PolicyLoss, ppo_loss
from kerneldojo.rl.mismatch import (
    MISMATCH_RULES,
    Calibration,
    Correction,
    MismatchDiagnostics,
    MismatchRule,
    correct_mismatch,
    geometric_log_ratios,
    mismatch_rejection,
)
from kerneldojo.rl.profiling_rejection import (
    ProfilingRejection,
    RejectionRule,
    keeping_chance,
    profiling_rejection,
)
from kerneldojo.rl.reduction import Reduction
from kerneldojo.rl.rewards import IMPLAUSIBLE, PAPER, RELEASED, implausible, profiling_reward
from kerneldojo.rl.schedules import LengthTrigger, LengthTriggered, constant, warm_up
from kerneldojo.rl.verdicts import Verdicts
from kerneldojo.rl.vocabulary import (
    SAFE_RATIO,
    kept_mass,
    prune_logits,
    pruned_logprobs,
    safe_vocabulary,
)

__all__ = [
    "ESTIMATORS",
    "IMPLAUSIBLE",
    "MISMATCH_RULES",
    "NO_TURN",
    "PAPER",
    "RELEASED",
    "SAFE_RATIO",
    "Advantages",
    "Calibration",
    "Clip",
    "Correction",
    "EntropyGate",
    "Estimator",
    "LengthTrigger",
    "LengthTriggered",
    "LossDiagnostics",
    "MismatchDiagnostics",
    "MismatchRule",
    "PolicyLoss",
    "ProfilingRejection",
    "Reduction",
    "RejectionRule",
    "Verdicts",
    "accumulated_energy",
    "allocate",
    "broadcast",
    "constant",
    "correct_mismatch",
    "dr_grpo",
    "entropy_gate",
    "estimator",
    "geometric_log_ratios",
    "grpo",
    "implausible",
    "instructive",
    "keeping_chance",
    "kept_mass",
    "logit_gradient_proxy",
    "mismatch_rejection",
    "otb",
    "otb_tokens",
    "ppo_loss",
    "profiling_rejection",
    "profiling_reward",
    "prune_logits",
    "pruned_logprobs",
    "reinforce",
    "relapses",
    "rloo",
    "safe_vocabulary",
    "trloo",
    "turn_energy",
    "turn_grpo",
    "warm_up",
]
