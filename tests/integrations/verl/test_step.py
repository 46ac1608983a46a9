"""A step within verl, without its GPUs: its worker, queue and padding, and our trainer."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("verl", reason="verl is not installed: make test-verl", exc_type=ImportError)

import ray
import transfer_queue as tq
from omegaconf import open_dict
from tensordict import TensorDict
from transfer_queue import KVBatchMeta
from transformers import Qwen2Config
from verl.trainer.ppo.metric_utils import RolloutMoELoadBalanceMetricsAccumulator
from verl.trainer.ppo.padding_utils import upsample_batch_to_divisible_size
from verl.trainer.ppo.v1.agent_loop_tq import AgentLoopWorkerTQ
from verl.utils import tensordict_utils
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl import agent_loop, launching
from kerneldojo.integrations.verl.checking import Registered
from kerneldojo.integrations.verl.data import write_data
from kerneldojo.integrations.verl.handover import FIELD, Handover
from kerneldojo.integrations.verl.launching import CheckingRunner, compose_recipe
from kerneldojo.integrations.verl.learning import Rows, learn
from kerneldojo.integrations.verl.settings import read_settings
from kerneldojo.integrations.verl.sharing import Shared
from kerneldojo.integrations.verl.trainer import KernelDojoTrainer
from tests.dialogue.talk import Judge, code, problem
from tests.integrations.verl import fakes
from tests.policies import tokenizers as families

RECIPE = Path(__file__).parents[3] / "recipes" / "verl" / "qwen3_8b.yaml"
TRAJECTORIES, TURNS = 4, 2
LINES = [code("wrong"), code("correct", 2.0), code("failed"), code("correct", 1.1)]
LATER = [code("failed"), code("correct", 2.5), code("correct", 1.2), code("wrong")]
SETTINGS = {"dialogue": {"turns": TURNS, "example": False}, "rl": {"prs_threshold": 0.0}}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The recipe with a model that has a tokenizer and a description."""
    folder = tmp_path_factory.mktemp("model")
    tokenizer = families.chatml(families.FORGETS_THINKING)
    tokenizer.save_pretrained(folder)
    Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        intermediate_size=16,
        architectures=["Qwen2ForCausalLM"],
    ).save_pretrained(folder)
    composed = compose_recipe(
        RECIPE,
        [f"actor_rollout_ref.model.path={folder}", f"actor_rollout_ref.rollout.n={TRAJECTORIES}"],
    )
    with open_dict(composed):
        composed.transfer_queue.enable = True
        composed.transfer_queue.backend.SimpleStorage.num_data_storage_units = 1
        composed.kerneldojo = SETTINGS
    return composed


@pytest.fixture(scope="module")
def queue(config: Any) -> Iterator[None]:
    """Ray and verl's queue."""
    ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False)
    tq.init(config.transfer_queue)
    yield
    tq.close()
    ray.shutdown()


def thoughtful(lines: list[str]) -> list[str]:
    return [f"<think>\nhm\n</think>\n\n{line}" for line in lines]


def batch_of_data(config: Any, folder: Path) -> TensorDict:
    """A batch of one prompt, from a file to what verl's trainer hands to a worker."""
    write_data([problem()], folder / "train.parquet")
    tokenizer = families.chatml(families.FORGETS_THINKING)
    data = RLHFDataset([str(folder / "train.parquet")], tokenizer, config.data)
    columns = collate_fn([data[0]])
    columns["uid"] = np.array(["u"], dtype=object)
    batch = tensordict_utils.get_tensordict(columns)
    tensordict_utils.assign_non_tensor_data(batch, "global_steps", 3)
    return batch


def generated(config: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> KVBatchMeta:
    """Have verl's worker hold the trajectories of a prompt, and return what it put in the queue."""
    common = Shared(read_settings(SETTINGS), Judge(), "")
    monkeypatch.setattr(agent_loop, "shared", lambda table: common)
    server = fakes.Server(fakes.forgetful(), *thoughtful(LINES + LATER))
    worker = AgentLoopWorkerTQ.__ray_metadata__.modified_class(config, server)

    async def work() -> None:
        await worker.generate_sequences(batch_of_data(config, folder))
        await asyncio.gather(*worker.background_tasks)

    asyncio.run(work())
    found = tq.kv_list("train")["train"]
    assert found.pop("u")["status"] == "finished"
    return KVBatchMeta(partition_id="train", keys=list(found), tags=[found[key] for key in found])


def trainer(config: Any) -> Any:
    """Our trainer without verl's workers."""
    made = object.__new__(KernelDojoTrainer)
    made.config = config
    made.global_steps = 3
    made._settings = read_settings(SETTINGS).rl
    made._estimator = "trloo"
    return made


@dataclass
class Step:
    """What was in the queue before our step, and after it."""

    batch: KVBatchMeta
    rows: int
    """Those of trajectories; the others are verl's padding."""
    before: Any
    after: Any
    metrics: dict[str, Any]

    @property
    def handovers(self) -> list[Handover]:
        extra = list(self.before["extra_fields"])[: self.rows]
        return [Handover.from_dict(one[FIELD]) for one in extra]

    @property
    def trajectories(self) -> list[str]:
        return [key.rpartition("_")[0] for key in self.batch.keys[: self.rows]]


@pytest.fixture(scope="module")
def step(config: Any, queue: None, tmp_path_factory: pytest.TempPathFactory) -> Step:
    """From a file of data to what verl's actor will be given."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        batch = generated(config, monkeypatch, tmp_path_factory.mktemp("data"))
    rows = len(batch.keys)
    batch = upsample_batch_to_divisible_size(batch, 5, eos_token_id=0)
    sampled = fetched(batch, "rollout_log_probs")["rollout_log_probs"].unbind()
    chance = torch.Generator().manual_seed(0)
    trained = [one + 1e-5 * torch.randn(one.shape, generator=chance) for one in sampled]
    trained[0] = trained[0] + 1.0  # of this trajectory the engines think differently
    nested = torch.nested.as_nested_tensor(trained, layout=torch.jagged)
    put = TensorDict({"old_log_probs": nested}, batch_size=len(trained))
    tq.kv_batch_put(keys=batch.keys, partition_id="train", fields=put)
    before = fetched(batch, "old_log_probs", "rollout_log_probs", "extra_fields", "rm_scores")
    metrics: dict[str, Any] = {}
    trainer(config)._compute_advantage(batch, metrics)
    after = fetched(batch, "advantages", "returns", "response_mask")
    return Step(batch, rows, before, after, metrics)


def fetched(batch: KVBatchMeta, *fields: str) -> Any:
    return tq.kv_batch_get(keys=batch.keys, partition_id="train", select_fields=list(fields))


def test_each_judged_turn_is_a_row_in_the_queue(step: Step) -> None:
    # eight turns, of which two were lost: their rows are not handed over
    assert step.rows == TRAJECTORIES * TURNS - 2
    for handover, scores in zip(step.handovers, step.before["rm_scores"].unbind(), strict=False):
        [(turn, _, end)] = handover.spans
        assert len(scores) == end
        assert float(scores[-1]) == pytest.approx(handover.turns[turn].reward)
        assert scores.count_nonzero() <= 1


def test_the_queue_gets_what_our_arithmetic_says(step: Step) -> None:
    lesson = learn(
        Rows(
            step.handovers,
            step.trajectories,
            ["u"] * step.rows,
            torch.nested.to_padded_tensor(step.before["old_log_probs"], 0.0)[: step.rows],
            torch.nested.to_padded_tensor(step.before["rollout_log_probs"], 0.0)[: step.rows],
        ),
        read_settings(SETTINGS).rl,
        name="trloo",
        gamma=1.0,
        step=3,
    )
    for row, handover in enumerate(step.handovers):
        end = handover.spans[0][2]
        mask, advantages = step.after["response_mask"][row], step.after["advantages"][row]
        assert mask.bool().tolist() == lesson.mask_BL[row, :end].tolist()
        assert advantages.tolist() == lesson.advantages_BL[row, :end].tolist()
    assert step.metrics["kerneldojo/lost"] == 2
    assert step.metrics["kerneldojo/trajectories"] == TRAJECTORIES == len(set(step.trajectories))


def test_rejected_lost_and_empty_rows_are_not_learnt_from(step: Step) -> None:
    learnt = {row for row, mask in enumerate(step.after["response_mask"].unbind()) if mask.any()}
    before_a_fault = {
        row
        for row, handover in enumerate(step.handovers)
        if any(turn.reward is None for turn in handover.turns[handover.spans[0][0] :])
    }
    rejected = {row for row, name in enumerate(step.trajectories) if name == step.trajectories[0]}
    padding = set(range(step.rows, len(step.batch.keys)))
    assert before_a_fault
    assert rejected
    assert padding
    assert learnt
    assert not learnt & (before_a_fault | rejected | padding)


def test_verl_makes_its_own_figures_of_it(config: Any, step: Step) -> None:
    made, metrics = trainer(config), dict(step.metrics)
    made.use_critic = False
    made.resource_pool_manager = SimpleNamespace(get_n_gpus=lambda: 6)
    made._rollout_moe_lb_metrics_accumulator = RolloutMoELoadBalanceMetricsAccumulator(
        model_config=config.actor_rollout_ref.model
    )
    timing = {"step": 1.0, "gen": 0.5}
    made._compute_metrics(step.batch, metrics, timing, global_steps=3, epoch=0)
    assert metrics["training/num_turns/max"] == 2 * TURNS
    best = max(turn.reward or 0.0 for handover in step.handovers for turn in handover.turns)
    assert metrics["critic/score/max"] == pytest.approx(best)
    assert all(math.isfinite(value) for value in metrics.values())


def test_verl_validates_by_our_figures(config: Any, step: Step) -> None:
    extra = list(step.before["extra_fields"])[: step.rows]
    infos = [one["reward_extra_info"] for one in extra]
    figures = trainer(config)._val_metrics_update(
        ["suite"] * step.rows,
        step.trajectories,
        {"reward": [1.0] * step.rows, **{key: [info[key] for info in infos] for key in infos[0]}},
        [2 * TURNS] * step.rows,
    )
    assert 0 < figures["val-aux/suite/fast_1/mean@2"] < 1


def test_nothing_to_learn_from_makes_no_update(config: Any) -> None:
    idle, metrics = trainer(config), {}
    idle._nothing = True
    assert idle._update_actor("batch", metrics) == "batch"
    assert metrics == {"kerneldojo/skipped": 1.0}


def test_workers_are_asked_what_is_registered(queue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    CheckingRunner().run(None)
    monkeypatch.setattr(launching, "look", lambda: Registered(("trainer kerneldojo",), "Why."))
    with pytest.raises(UsageError, match=r"In a Ray worker on .* does not know trainer .*Why\."):
        CheckingRunner().run(None)
