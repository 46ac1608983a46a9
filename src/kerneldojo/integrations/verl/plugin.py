"""What verl loads of us in every process, through the entry point `verl.plugins`.

verl says nothing if this fails. What was not registered is then missed by name, and `check` tells
why. Loaded while verl is still being loaded, so it asks verl for modules, not for its package.
"""

from __future__ import annotations

from verl.trainer.ppo.core_algos import register_adv_est

from kerneldojo.integrations.verl.estimators import PREFIX, as_verls
from kerneldojo.rl import ESTIMATORS


def register_estimators() -> None:
    """Register every estimator of ours; verl refuses a name that another function has."""
    for name in ESTIMATORS:
        register_adv_est(PREFIX + name)(as_verls(name))


register_estimators()

from kerneldojo.integrations.verl import agent_loop, trainer  # noqa: E402, F401 (they register)
