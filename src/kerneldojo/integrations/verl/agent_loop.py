"""verl's agent loop `kerneldojo`: one of our dialogues for each trajectory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import torch
from omegaconf import OmegaConf
from verl.experimental.agent_loop.agent_loop import (
    AgentLoopBase,
    AgentLoopMetrics,
    AgentLoopOutput,
    register,
)

from kerneldojo.dialogue import Dialogue, Rollout, Terms
from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.estimators import PREFIX
from kerneldojo.integrations.verl.handover import FIELD
from kerneldojo.integrations.verl.holding import Held, ResponseRow, hold, response_rows
from kerneldojo.integrations.verl.policy import ServedModel
from kerneldojo.integrations.verl.settings import NAME, TABLE
from kerneldojo.integrations.verl.sharing import Shared, chat_tokens, shared
from kerneldojo.records import Problem, Status
from kerneldojo.settings import Sampling


class DialogueOutput(AgentLoopOutput):
    """A row whose turns have rewards of their own."""

    rewards: list[float]
    """Of each token of the response."""

    def as_dict(self) -> dict[str, Any]:
        """Return the fields of the row, rewards at the ends of turns instead of one at the end."""
        row: dict[str, Any] = super().as_dict()
        row["rm_scores"] = torch.tensor(row.pop("rewards"), dtype=torch.float32)
        return row


@register(NAME)
class KernelDojoLoop(AgentLoopBase):
    """Holds a dialogue on the problem of a row of data (`prepare` writes such rows)."""

    async def run(self, sampling_params: dict[str, Any], **fields: Any) -> list[AgentLoopOutput]:
        """Hold a dialogue and return its rows of tokens, none if nothing of it can be learnt from.

        Args:
            sampling_params: how tokens are drawn, in the words of verl's server.
            **fields: the row of data, and `session_id`, the number of the trajectory.

        Raises:
            UsageError: if the row holds no problem of ours, or verl is set up wrongly.
            InfrastructureError: if nothing can be judged.
        """
        table = OmegaConf.to_container(self.config.get(TABLE) or OmegaConf.create(), resolve=True)
        assert isinstance(table, dict)
        common = await asyncio.to_thread(shared, table)
        policy = self._policy(sampling_params, int(fields.get("priority", 0)))
        settings = common.settings.dialogue
        strategy = Rollout(settings.turns)
        dialogue = Dialogue(
            _problem(fields),
            self._terms(common, policy),
            sample=int(fields.get("session_id", 0)),
            strategy=strategy.name,
        )
        held = await hold(dialogue, strategy, common.settings.rl.deadline_s)
        partial = self.config.trainer.v1.trainer_mode == NAME
        rows = response_rows(held, partial=partial)
        self._check_rows(rows, partial)
        return [self._output(row, held, policy) for row in rows]

    def _policy(self, sampling_params: dict[str, Any], priority: int) -> ServedModel:
        rollout = self.rollout_config
        length = rollout.get("max_model_len") or rollout.prompt_length + rollout.response_length
        path = self.config.actor_rollout_ref.model.path
        return ServedModel(
            client=self.server_manager,
            tokens=chat_tokens(self.tokenizer, dict(self.apply_chat_template_kwargs)),
            name=str(path).rstrip("/").rpartition("/")[2],
            context_length=length,
            drawing=sampling_params,
            request=uuid4().hex,
            options={"priority": priority},
        )

    def _terms(self, common: Shared, policy: ServedModel) -> Terms:
        return Terms(
            policy,
            common.evaluator,
            settings=common.settings.dialogue,
            sampling=Sampling(max_tokens=self.rollout_config.response_length),
            reward=common.settings.reward,
            hardware=common.hardware,
        )

    def _check_rows(self, rows: list[ResponseRow], partial: bool) -> None:
        """Refuse what an estimator of ours would silently take for something else."""
        name = str(self.config.algorithm.adv_estimator)
        if len(rows) > 1 and not partial and name.startswith(PREFIX):
            raise UsageError(
                "the chat template rewrites earlier replies, so that a trajectory is several rows, "
                f"and a trainer of verl's does not tell {name} which belong together: "
                f"set trainer.v1.trainer_mode={NAME}."
            )

    def _output(self, row: ResponseRow, held: Held, policy: ServedModel) -> AgentLoopOutput:
        judging = sum(turn.record.evaluation_s for turn in held.trajectory.turns)
        versions = policy.versions or [0]
        return DialogueOutput(
            prompt_ids=list(row.prompt),
            response_ids=list(row.response),
            response_mask=list(row.mask),
            response_logprobs=list(row.logprobs) if row.logprobs is not None else None,
            rewards=list(row.rewards),
            reward_score=sum(row.rewards),
            num_turns=2 * len(held.trajectory.turns),
            metrics=AgentLoopMetrics(
                generate_sequences=policy.seconds,
                tool_calls=judging,
                num_preempted=policy.preempted,
            ),
            extra_fields={
                FIELD: row.handover.to_dict(),
                "reward_extra_info": _figures(held),
                "min_global_steps": min(versions),
                "max_global_steps": max(versions),
            },
        )


def _problem(fields: Mapping[str, Any]) -> Problem:
    if "problem" not in fields:
        raise UsageError(
            f"a row of data has no column 'problem' (it has {', '.join(sorted(fields))}): write "
            "data with 'python -m kerneldojo.integrations.verl prepare'"
        )
    return Problem.model_validate_json(fields["problem"])


def _figures(held: Held) -> dict[str, float]:
    """Return what verl's validation averages over trajectories, by last and by best turn."""
    judged = [turn for turn in held.trajectory.turns if turn.reward is not None]
    last, best = judged[-1], held.trajectory.best
    correct = last.evaluation is not None and last.evaluation.status is Status.CORRECT
    return {
        "last_reward": float(last.reward or 0.0),
        "best_reward": max(float(turn.reward or 0.0) for turn in judged),
        "correct": float(correct),
        "fast_1": float(correct and (last.speedup or 0.0) >= 1.0),
        "fast_1_2": float(correct and (last.speedup or 0.0) >= 1.2),
        "best_fast_1": float(best is not None and (best.speedup or 0.0) >= 1.0),
        "best_fast_1_2": float(best is not None and (best.speedup or 0.0) >= 1.2),
    }
