"""What verl loads of us in every process, through the entry point `verl.plugins`.

verl says nothing if this fails. What was not registered is then missed by name, and `check` tells
why. The agent loop and the trainer register themselves when they are loaded.
"""

from __future__ import annotations

from verl.trainer.ppo.core_algos import register_adv_est

from kerneldojo.integrations.verl import agent_loop, trainer
from kerneldojo.integrations.verl.estimators import PREFIX, as_verls
from kerneldojo.rl import ESTIMATORS

__all__ = ["agent_loop", "trainer"]

for _name in ESTIMATORS:
    register_adv_est(PREFIX + _name)(as_verls(_name))
