"""verl's synchronous trainer with our step between the log-probabilities and the update."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import torch
import transfer_queue as tq
from omegaconf import DictConfig, OmegaConf
from tensordict import TensorDict
from torch import Tensor
from transfer_queue import KVBatchMeta
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from verl.trainer.ppo.v1.trainer_base import register_trainer
from verl.trainer.ppo.v1.trainer_sync import PPOTrainerSync
from verl.workers.utils.padding import response_from_nested, response_to_nested

from kerneldojo.integrations.verl.estimators import ours
from kerneldojo.integrations.verl.handover import FIELD, Handover
from kerneldojo.integrations.verl.learning import Lesson, Rows, learn
from kerneldojo.integrations.verl.recipe import check_recipe
from kerneldojo.integrations.verl.settings import NAME, TABLE, read_settings

LOG = logging.getLogger(__name__)


@register_trainer(NAME)
class KernelDojoTrainer(PPOTrainerSync):
    """Compares turns, leaves out what is not to be imitated, and rejects what engines disagree on.

    Everything else is verl's. `_compute_advantage` takes the place of verl's own, which knows
    neither turns nor which rows make up a trajectory.
    """

    def __init__(self, config: DictConfig) -> None:
        """Check the configuration before anything is loaded.

        Raises:
            UsageError: if a setting of verl's would make our step wrong or do its work twice.
        """
        plain = OmegaConf.to_container(config, resolve=True)
        check_recipe(plain)
        self._settings = read_settings(plain.get(TABLE)).rl
        self._estimator = ours(config.algorithm.adv_estimator)
        self._nothing = False
        super().__init__(config)

    def _build_replay_buffer(self) -> ReplayBuffer:
        # verl asks for the mode's name wherever synchronous training differs from others.
        self.trainer_mode = "sync"
        return super()._build_replay_buffer()

    def _compute_old_log_prob(self, batch: KVBatchMeta, metrics: dict[str, Any]) -> KVBatchMeta:
        if self._estimator == "otb":
            batch.extra_info["calculate_sum_pi_squared"] = True
        return super()._compute_old_log_prob(batch, metrics)

    def _compute_advantage(self, batch: KVBatchMeta, metrics: dict[str, Any]) -> KVBatchMeta:
        """Write advantages, returns and the mask of the loss beside the rows."""
        fields = ["response_mask", "rollout_log_probs", "old_log_probs", "extra_fields"]
        if self._estimator == "otb":
            fields.append("sum_pi_squared")
        data = tq.kv_batch_get(
            keys=batch.keys, partition_id=batch.partition_id, select_fields=fields
        )
        real = [place for place, tag in enumerate(batch.tags) if not tag.get("is_padding", False)]
        lesson = learn(
            _rows(batch, data, real),
            self._settings,
            name=self._estimator,
            gamma=self.config.algorithm.gamma,
            step=self.global_steps,
        )
        metrics.update(lesson.metrics)
        self._nothing = lesson.empty
        return tq.kv_batch_put(
            keys=batch.keys,
            partition_id=batch.partition_id,
            fields=_fields(lesson, data["response_mask"], real),
        )

    def _update_actor(self, batch: KVBatchMeta, metrics: dict[str, Any]) -> KVBatchMeta:
        """Update the model, unless nothing is left to learn from: AdamW would move it all the same.

        Says so in the log and as `kerneldojo/skipped`.
        """
        metrics["kerneldojo/skipped"] = float(self._nothing)
        if self._nothing:
            LOG.warning("step %d: every token was rejected; no update", self.global_steps)
            return batch
        return super()._update_actor(batch, metrics)


def _rows(batch: KVBatchMeta, data: TensorDict, real: list[int]) -> Rows:
    """Return what a batch holds, without verl's padding."""
    extra = list(data["extra_fields"])  # one of several kinds of sequence, by verl's storage
    keys = [batch.keys[place].rsplit("_", 2) for place in real]
    squares = data.get("sum_pi_squared", None)
    if squares is not None:
        squares = response_from_nested(squares, data["response_mask"])
    return Rows(
        handovers=[Handover.from_dict(extra[place][FIELD]) for place in real],
        trajectories=["_".join(key[:2]) for key in keys],
        prompts=[key[0] for key in keys],
        trainer_BL=_padded(data["old_log_probs"])[real],
        sampler_BL=_padded(data["rollout_log_probs"])[real],
        squares_BL=_padded(squares)[real] if squares is not None else None,
    )


def _fields(lesson: Lesson, response_mask: Tensor, real: list[int]) -> TensorDict:
    """Return what the lesson adds to the rows; padding has a part in nothing."""
    count = response_mask.size(0)
    found = {
        "advantages": lesson.advantages_BL,
        "returns": lesson.returns_BL,
        "response_mask": lesson.mask_BL.to(response_mask.dtype),
    }
    if lesson.weights_BL is not None:
        found["rollout_is_weights"] = lesson.weights_BL
    nested = {}
    for name, values_BL in found.items():
        every = values_BL.new_zeros(count, values_BL.shape[1])
        every[np.array(real)] = values_BL
        nested[name] = response_to_nested(every, response_mask)
    return TensorDict(nested, batch_size=count)


def _padded(nested: Tensor) -> Tensor:
    padded: Tensor = torch.nested.to_padded_tensor(nested, padding=0.0)
    return padded.float()
