"""A verl configuration as plain dictionaries: does it go together with our part? Free of verl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.estimators import ours
from kerneldojo.integrations.verl.settings import NAME, TABLE, read_settings

_ROLLOUT = "actor_rollout_ref.rollout"
_CORRECTION = "algorithm.rollout_correction"

NEEDED: tuple[tuple[str, Any, str], ...] = (
    ("trainer.use_v1", True, "verl's older trainer has no place for our step"),
    ("trainer.v1.trainer_mode", NAME, "verl's own trainers know no turns"),
    (f"{_ROLLOUT}.agent.default_agent_loop", NAME, "another loop holds no dialogues of ours"),
    (f"{_ROLLOUT}.calculate_log_probs", True, "mismatch is measured by the sampler's own figures"),
    (f"{_ROLLOUT}.top_p", 1.0, "the trainer knows nothing of the tokens that would be left out"),
    (f"{_ROLLOUT}.top_k", -1, "the trainer knows nothing of the tokens that would be left out"),
    (f"{_CORRECTION}.bypass_mode", False, "mismatch is measured against the trainer's figures"),
    (f"{_CORRECTION}.rollout_is", None, f"{TABLE}.rl.mismatch does it, over whole trajectories"),
    (f"{_CORRECTION}.rollout_rs", None, f"{TABLE}.rl.mismatch does it, over whole trajectories"),
    ("algorithm.use_kl_in_reward", False, "a penalty on tokens is no reward of a turn"),
)
"""What our trainer relies on: key, value, and why."""


def check_recipe(config: Mapping[str, Any]) -> None:
    """Make sure that a configuration does with our trainer what it seems to say.

    Args:
        config: the whole of verl's configuration, as plain dictionaries.

    Raises:
        UsageError: naming the first key that is wrong, its value, and the value it needs.
    """
    for key, needed, why in NEEDED:
        found = at(config, key)
        if found != needed:
            raise UsageError(f"{key} = {_said(found)}, but {_said(needed)} is needed: {why}.")
    ours(str(at(config, "algorithm.adv_estimator")))
    settings = read_settings(config.get(TABLE))
    gamma = at(config, "algorithm.gamma")
    if not 0 <= gamma <= 1:
        raise UsageError(f"algorithm.gamma = {gamma}: a discount per turn is in [0, 1].")
    reply = at(config, f"{_ROLLOUT}.response_length")
    context = at(config, f"{_ROLLOUT}.max_model_len")
    if context is None:
        context = at(config, f"{_ROLLOUT}.prompt_length") + reply
    least = settings.dialogue.turns * settings.dialogue.feedback_tokens + reply
    if context < least:
        raise UsageError(
            f"a context of {context:,} tokens ({_ROLLOUT}.max_model_len, or the lengths of prompt "
            f"and response together) is too short: the reply alone may have {reply:,} and "
            f"feedback on {settings.dialogue.turns} turns "
            f"{settings.dialogue.turns * settings.dialogue.feedback_tokens:,}."
        )


def at(config: Mapping[str, Any], key: str) -> Any:
    """Return the value of a dotted key.

    Raises:
        UsageError: if there is none, as in a configuration of another version of verl.
    """
    found: Any = config
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise UsageError(f"verl's configuration has no {key!r}; this is made for verl 0.9.1.")
        found = found[part]
    return found


def _said(value: Any) -> str:
    """Return a value as YAML has it."""
    return json.dumps(value) if value is None or isinstance(value, bool) else str(value)
