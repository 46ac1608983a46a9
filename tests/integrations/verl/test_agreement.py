"""The same figures through verl's own functions, and where both implement the same thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("verl", reason="verl is not installed: make test-verl", exc_type=ImportError)

from omegaconf import OmegaConf
from tensordict import TensorDict
from verl import DataProto
from verl.trainer.ppo.ray_trainer import compute_advantage
from verl.trainer.ppo.rollout_corr_helper import compute_rollout_rejection_mask
from verl.trainer.ppo.v1.utils import compute_advantage_for_multi_trajectories
from verl.utils import tensordict_utils
from verl.utils.config import omega_conf_to_dataclass
from verl.workers.utils.losses import ppo_loss as verls_loss

import kerneldojo.integrations.verl.plugin  # noqa: F401
from kerneldojo.integrations.verl.estimators import names, over_runs
from kerneldojo.integrations.verl.launching import compose_recipe
from kerneldojo.rl import ESTIMATORS, Reduction, mismatch_rejection, ppo_loss

RECIPE = Path(__file__).parents[3] / "recipes" / "verl" / "qwen3_8b.yaml"
ROWS, TOKENS = 8, 12
PROMPTS = np.array(["a"] * 4 + ["b"] * 4, dtype=object)


def batch(turns: int) -> DataProto:
    """Rows of up to some turns of three tokens each, with a reward at the end of each."""
    chance = torch.Generator().manual_seed(5)
    mask, rewards = torch.zeros(ROWS, TOKENS), torch.zeros(ROWS, TOKENS)
    for row in range(ROWS):
        for turn in range(turns if row % 3 else 1):
            mask[row, 4 * turn : 4 * turn + 3] = 1
            rewards[row, 4 * turn + 2] = torch.rand((), generator=chance)
    return DataProto.from_dict(
        tensors={"token_level_rewards": rewards, "response_mask": mask},
        non_tensors={"uid": PROMPTS},
    )


def by_verl(data: DataProto, name: str, **config: Any) -> tuple[torch.Tensor, torch.Tensor]:
    found = compute_advantage_for_multi_trajectories(
        data,
        batch_keys=[f"{uid}_{row}_0" for row, uid in enumerate(PROMPTS)],
        adv_estimator=name,
        gamma=1.0,
        config=OmegaConf.create({"gamma": 1.0, **config}),
    )
    return found.batch["advantages"], found.batch["returns"]


@pytest.mark.parametrize("name", sorted(set(names()) - {"kerneldojo_otb"}))
def test_verl_calls_our_estimators(name: str) -> None:
    data = batch(turns=3)
    advantages, returns = by_verl(data, name, gamma=0.9)
    expected = over_runs(
        ESTIMATORS[name.removeprefix("kerneldojo_")],
        data.batch["token_level_rewards"],
        data.batch["response_mask"],
        list(PROMPTS),
        0.9,
    )
    assert torch.equal(advantages, expected[0])
    assert torch.equal(returns, expected[1])


def test_turns_have_advantages_of_their_own() -> None:
    advantages, _ = by_verl(batch(turns=3), "kerneldojo_trloo")
    assert len(set(advantages[1, [0, 4, 8]].tolist())) == 3
    theirs, _ = by_verl(batch(turns=3), "rloo")
    assert len(set(theirs[1, [0, 4, 8]].tolist())) == 1


@pytest.mark.parametrize("turns", [1, 3])
def test_rloo_is_verls(turns: int) -> None:
    ours, _ = by_verl(batch(turns), "kerneldojo_rloo")
    theirs, _ = by_verl(batch(turns), "rloo")
    assert torch.allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("turns", [1, 3])
def test_grpo_is_verls_but_for_epsilon(turns: int) -> None:
    data = batch(turns)
    ours, _ = over_runs(
        lambda *args, **options: ESTIMATORS["grpo"](*args, **options, epsilon=1e-6),
        data.batch["token_level_rewards"],
        data.batch["response_mask"],
        list(PROMPTS),
    )
    theirs = compute_advantage(data, "grpo", config=OmegaConf.create({})).batch["advantages"]
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_dr_grpo_is_verls_without_the_deviation() -> None:
    ours, _ = by_verl(batch(3), "kerneldojo_dr_grpo")
    theirs = compute_advantage(
        batch(3), "grpo", norm_adv_by_std_in_grpo=False, config=OmegaConf.create({})
    ).batch["advantages"]
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_verls_bounds_are_the_inverse_of_ours() -> None:
    chance = torch.Generator().manual_seed(2)
    sampler = -torch.rand(200, 30, generator=chance)
    trainer = sampler + 0.004 * torch.randn(200, 30, generator=chance)
    mask = torch.ones(200, 30, dtype=torch.bool)
    lower, upper = 0.9995, 1.001
    ours = mismatch_rejection(trainer, sampler, mask, lower=lower, upper=upper, veto=None).mask_BL

    def theirs(bounds: str) -> torch.Tensor:
        found, _ = compute_rollout_rejection_mask(
            log_ratio=trainer - sampler,
            response_mask=mask.float(),
            rollout_rs="seq_mean_k1",
            rollout_rs_threshold=bounds,
        )
        return found.bool()

    assert torch.equal(ours, theirs(f"{1 / upper}_{1 / lower}"))
    assert not torch.equal(ours, theirs(f"{lower}_{upper}"))
    assert 0 < ours[:, 0].sum() < 200


def test_the_recipes_loss_is_ours() -> None:
    """What an actor of verl's computes from the fields that our trainer writes."""
    chance = torch.Generator().manual_seed(3)
    lengths = [9, 12, 5, 7]
    prompt = 4

    def noise(scale: float) -> list[torch.Tensor]:
        return [scale * torch.randn(length, generator=chance) for length in lengths]

    def nested(rows: list[torch.Tensor]) -> torch.Tensor:
        return torch.nested.as_nested_tensor(rows, layout=torch.jagged)

    old = [-row.abs() for row in noise(1.0)]
    new = [(row + step).requires_grad_() for row, step in zip(old, noise(0.5), strict=True)]
    advantages = noise(2.0)
    masks = [(row > -0.8).long() for row in noise(1.0)]
    masks[2] = torch.zeros(5, dtype=torch.long)  # rejected
    # verl's model predicts: a token's log-probability stands one place before it
    whole = [torch.cat([torch.zeros(prompt - 1), row, torch.zeros(1)]) for row in new]
    data = TensorDict(
        {
            "prompts": nested([torch.zeros(prompt)] * 4),
            "responses": nested(old),
            "response_mask": nested(masks),
            "old_log_probs": nested(old),
            "advantages": nested(advantages),
        },
        batch_size=4,
    )
    tensordict_utils.assign_non_tensor(
        data, dp_size=1, batch_num_tokens=None, global_batch_size=ROWS
    )
    config = omega_conf_to_dataclass(compose_recipe(RECIPE).actor_rollout_ref.actor)
    theirs, _ = verls_loss(config, {"log_probs": nested(whole)}, data)

    def padded(rows: list[torch.Tensor]) -> torch.Tensor:
        return torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)

    ours = ppo_loss(
        padded(new),
        padded(old),
        padded(advantages),
        padded(masks).bool(),
        reduction=Reduction(scale=1e-3, count=ROWS),
    ).loss
    assert float(theirs.detach()) == pytest.approx(float(ours.detach()), rel=1e-5)
    mine = torch.autograd.grad(ours, new)
    for one, other in zip(mine, torch.autograd.grad(theirs, new), strict=True):
        assert torch.allclose(one, other, atol=1e-8)
    assert not mine[2].any()
    assert all(gradient.any() for gradient in mine[:2])
