"""What of ours a verl configuration says: its table `kerneldojo`, in the words of docs/settings.md.

What verl has a setting of its own for is said there and nowhere else, so that no number is given
twice and heeded once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from kerneldojo.config import Config, load_config
from kerneldojo.errors import ConfigError

NAME = "kerneldojo"
"""Our name for an agent loop and a trainer among verl's."""
TABLE = "kerneldojo"
"""Our table in a verl configuration."""
TABLES = ("evaluation", "pool", "cache", "dialogue", "reward", "rl")
"""Tables of ours that count under verl."""
RL_KEYS = (
    "alone",
    "deadline_s",
    "mismatch",
    "profiling_rejection",
    "prs_in_baselines",
    "prs_speedup",
    "prs_threshold",
    "prs_width",
    "relapses",
    "remeasure",
    "seed",
    "unprofiled",
)
"""Settings of `[rl]` that count under verl."""
VERLS: Mapping[str, str] = {
    "rl.steps": "trainer.total_training_steps",
    "rl.prompts": "data.train_batch_size",
    "rl.trajectories": "actor_rollout_ref.rollout.n",
    "rl.estimator": "algorithm.adv_estimator",
    "rl.discount": "algorithm.gamma",
    "rl.instructive": "algorithm.filter_groups",
    "rl.clip_low": "actor_rollout_ref.actor.clip_ratio_low",
    "rl.clip_high": "actor_rollout_ref.actor.clip_ratio_high",
    "rl.clip_dual": "actor_rollout_ref.actor.clip_ratio_c",
    "rl.loss_scale": "actor_rollout_ref.actor.loss_scale_factor (its inverse)",
    "rl.updates": "actor_rollout_ref.actor.ppo_mini_batch_size",
    "rl.learning_rate": "actor_rollout_ref.actor.optim.lr",
    "rl.warmup": "actor_rollout_ref.actor.optim.lr_warmup_steps",
    "rl.weight_decay": "actor_rollout_ref.actor.optim.weight_decay",
    "rl.gradient_clip": "actor_rollout_ref.actor.grad_clip",
    "rl.validate_steps": "trainer.test_freq",
    "rl.validation_trajectories": "actor_rollout_ref.rollout.val_kwargs.n",
    "rl.checkpoint_steps": "trainer.save_freq",
    "rl.checkpoints": "trainer.max_actor_ckpt_to_keep",
    "rl.report_to": "trainer.logger",
    "rl.template_options": "data.apply_chat_template_kwargs",
    "sampling.temperature": "actor_rollout_ref.rollout.temperature",
    "sampling.top_p": "actor_rollout_ref.rollout.top_p",
    "sampling.max_tokens": "data.max_response_length",
    "sampling.seed": "actor_rollout_ref.rollout.seed",
}
"""Settings of ours that have a place of verl's."""


def read_settings(table: Mapping[str, Any] | None) -> Config:
    """Return our part of a verl configuration, checked.

    Args:
        table: the table `kerneldojo`, as plain dictionaries; what it leaves out has its default.

    Raises:
        ConfigError: naming the key, and what is allowed or where verl has that setting.
    """
    given = list(_flatten(table or {}))
    for key, _ in given:
        head, _, leaf = key.partition(".")
        if head not in TABLES or (head == "rl" and leaf not in RL_KEYS):
            raise ConfigError(_no_effect(key))
    assignments = [f"{key}={json.dumps(value)}" for key, value in given if value is not None]
    try:
        return load_config(assignments=assignments)
    except ConfigError as error:
        raise ConfigError(f"in the table {TABLE!r} of verl's configuration: {error}") from None


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _no_effect(key: str) -> str:
    theirs = VERLS.get(key)
    if theirs is not None:
        return f"{TABLE}.{key} has no effect under verl: set {theirs}."
    allowed = [table for table in TABLES if table != "rl"] + [f"rl.{name}" for name in RL_KEYS]
    return f"{TABLE}.{key} has no effect under verl; what has is {', '.join(allowed)}."
