"""A step within verl, without its GPUs: its worker, queue and padding, and our trainer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
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


def test_a_step(config: Any, queue: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    batch = generated(config, monkeypatch, tmp_path)
    rows = len(batch.keys)
    # eight turns, a row each; two were lost, and their rows are not handed over
    assert rows == TRAJECTORIES * TURNS - 2
    batch = upsample_batch_to_divisible_size(batch, 5, eos_token_id=0)
    assert len(batch.keys) == 10
    noise = torch.Generator().manual_seed(0)
    data = tq.kv_batch_get(
        keys=batch.keys,
        partition_id="train",
        select_fields=["rollout_log_probs", "extra_fields", "rm_scores"],
    )
    sampler = data["rollout_log_probs"]
    train = [row + 1e-5 * torch.randn(row.shape, generator=noise) for row in sampler.unbind()]
    train[0] = train[0] + 1.0  # this trajectory's engines disagree
    old = torch.nested.as_nested_tensor(train, layout=torch.jagged)
    fields = TensorDict({"old_log_probs": old}, batch_size=10)
    tq.kv_batch_put(keys=batch.keys, partition_id="train", fields=fields)
    metrics: dict[str, Any] = {}
    trainer(config)._compute_advantage(batch, metrics)
    written = tq.kv_batch_get(
        keys=batch.keys,
        partition_id="train",
        select_fields=["advantages", "returns", "response_mask"],
    )

    handovers = [Handover.from_dict(extra[FIELD]) for extra in list(data["extra_fields"])[:rows]]
    for handover, scores in zip(handovers, data["rm_scores"].unbind(), strict=False):
        [(turn, _, end)] = handover.spans
        assert float(scores[end - 1]) == pytest.approx(handover.turns[turn].reward)
        assert scores.count_nonzero() <= 1
    names = [key.rpartition("_")[0] for key in batch.keys[:rows]]
    lesson = learn(
        Rows(
            handovers,
            names,
            ["u"] * rows,
            torch.nested.to_padded_tensor(old, 0.0)[:rows],
            torch.nested.to_padded_tensor(sampler, 0.0)[:rows],
        ),
        read_settings(SETTINGS).rl,
        name="trloo",
        gamma=1.0,
        step=3,
    )
    for row, handover in enumerate(handovers):
        length = handover.spans[0][2]
        mask = written["response_mask"][row]
        assert len(mask) == length
        assert mask.bool().tolist() == lesson.mask_BL[row, :length].tolist()
        assert written["advantages"][row].tolist() == lesson.advantages_BL[row, :length].tolist()
    assert not written["response_mask"][0].any(), "rejected"
    learnt = {row for row in range(rows) if written["response_mask"][row].any()}
    assert learnt
    before_a_fault = {
        row
        for row, handover in enumerate(handovers)
        if any(turn.reward is None for turn in handover.turns[handover.spans[0][0] :])
    }
    assert before_a_fault
    assert not learnt & before_a_fault
    for row in range(rows, 10):  # padding
        assert not written["response_mask"][row].any()
        assert not written["advantages"][row].any()
    assert metrics["kerneldojo/lost"] == 2
    assert metrics["kerneldojo/trajectories"] == TRAJECTORIES == len(set(names))


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
