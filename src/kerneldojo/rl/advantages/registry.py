"""Estimators by name, for settings."""

from __future__ import annotations

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.rl.advantages.dr_grpo import dr_grpo
from kerneldojo.rl.advantages.grpo import grpo
from kerneldojo.rl.advantages.otb import otb
from kerneldojo.rl.advantages.reinforce import reinforce
from kerneldojo.rl.advantages.rloo import rloo
from kerneldojo.rl.advantages.trloo import trloo
from kerneldojo.rl.advantages.turn_grpo import turn_grpo
from kerneldojo.rl.advantages.turns import Estimator

ESTIMATORS: dict[str, Estimator] = {
    "dr_grpo": dr_grpo,
    "grpo": grpo,
    "otb": otb,
    "reinforce": reinforce,
    "rloo": rloo,
    "trloo": trloo,
    "turn_grpo": turn_grpo,
}
"""Every estimator; all have the signature of `Estimator`."""


def estimator(name: str) -> Estimator:
    """Return an estimator by its name.

    Raises:
        UsageError: if there is none of this name.
    """
    if name not in ESTIMATORS:
        raise UsageError(
            f"There is no estimator {name!r}; there are {', '.join(ESTIMATORS)}."
            + did_you_mean(name, list(ESTIMATORS))
        )
    return ESTIMATORS[name]
