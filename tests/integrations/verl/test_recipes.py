"""Every recipe composes with verl's own files, has no key that nobody reads, and says the paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("verl", reason="verl is not installed: make test-verl", exc_type=ImportError)

from omegaconf import OmegaConf
from verl.trainer.ppo.v1.replay_buffer import ReplayBuffer
from verl.trainer.ppo.v1.trainer_base import get_trainer_cls
from verl.utils.config import omega_conf_to_dataclass

from kerneldojo.errors import UsageError
from kerneldojo.integrations.verl.launching import check_config, compose_recipe, train
from kerneldojo.integrations.verl.recipe import at
from kerneldojo.integrations.verl.settings import read_settings
from kerneldojo.integrations.verl.trainer import KernelDojoTrainer

FOLDER = Path(__file__).parents[3] / "recipes" / "verl"
RECIPES = sorted(FOLDER.glob("qwen*.yaml"))
ROLLOUT, ACTOR = "actor_rollout_ref.rollout", "actor_rollout_ref.actor"

PAPER = {
    "data.train_batch_size": 16,
    f"{ROLLOUT}.n": 16,
    f"{ROLLOUT}.temperature": 1.0,
    f"{ROLLOUT}.top_p": 1.0,
    f"{ROLLOUT}.top_k": -1,
    "algorithm.adv_estimator": "kerneldojo_trloo",
    "algorithm.gamma": 1.0,
    f"{ACTOR}.clip_ratio_low": 0.2,
    f"{ACTOR}.clip_ratio_high": 0.28,
    f"{ACTOR}.clip_ratio_c": 3.0,
    f"{ACTOR}.loss_agg_mode": "seq-mean-token-sum-norm",
    f"{ACTOR}.loss_scale_factor": 1000,
    f"{ACTOR}.use_kl_loss": False,
    f"{ACTOR}.entropy_coeff": 0,
    f"{ACTOR}.ppo_epochs": 1,
    f"{ACTOR}.grad_clip": 1.0,
    f"{ACTOR}.optim.clip_grad": 1.0,
    f"{ACTOR}.optim.optimizer": "AdamW",
    f"{ACTOR}.optim.lr": 1e-6,
    f"{ACTOR}.optim.lr_scheduler_type": "constant",
    f"{ACTOR}.optim.weight_decay": 0.01,
    f"{ACTOR}.policy_loss.loss_mode": "vanilla",
}


@pytest.fixture(scope="module", params=RECIPES, ids=lambda file: file.stem)
def recipe(request: pytest.FixtureRequest) -> Any:
    return compose_recipe(request.param)


def test_there_are_recipes() -> None:
    assert {file.stem for file in RECIPES} == {"qwen3_8b", "qwen3_14b"}


def test_verl_and_we_accept_it(recipe: Any) -> None:
    check_config(recipe)
    omega_conf_to_dataclass(recipe.actor_rollout_ref.actor)
    omega_conf_to_dataclass(recipe.actor_rollout_ref.rollout)


def test_it_is_the_papers(recipe: Any) -> None:
    plain = OmegaConf.to_container(recipe, resolve=True)
    assert {key: at(plain, key) for key in PAPER} == PAPER
    ours = read_settings(plain["kerneldojo"])
    assert ours.dialogue.turns == 3
    assert ours.rl.mismatch == "mrs"
    assert (ours.rl.prs_threshold, ours.rl.prs_width) == (0.3, 0.1)


def test_a_step_is_one_update_of_all_of_its_rows(recipe: Any) -> None:
    plain = OmegaConf.to_container(recipe, resolve=True)
    turns = read_settings(plain["kerneldojo"]).dialogue.turns
    prompts, mini = at(plain, "data.train_batch_size"), at(plain, f"{ACTOR}.ppo_mini_batch_size")
    assert mini == prompts * turns
    gpus = at(plain, "trainer.nnodes") * at(plain, "trainer.n_gpus_per_node")
    ranks = gpus // at(plain, f"{ACTOR}.ulysses_sequence_parallel_size")
    assert mini * at(plain, f"{ROLLOUT}.n") % ranks == 0
    assert (
        at(plain, "trainer.n_gpus_per_node") % at(plain, f"{ROLLOUT}.tensor_model_parallel_size")
        == 0
    )


def test_lengths_go_together(recipe: Any) -> None:
    plain = OmegaConf.to_container(recipe, resolve=True)
    context = at(plain, f"{ROLLOUT}.max_model_len")
    assert (
        at(plain, f"{ROLLOUT}.prompt_length") + at(plain, f"{ROLLOUT}.response_length") == context
    )
    assert at(plain, f"{ACTOR}.ppo_max_token_len_per_gpu") >= context


def test_judging_has_gpus_of_its_own(recipe: Any) -> None:
    plain = OmegaConf.to_container(recipe, resolve=True)
    ours = read_settings(plain["kerneldojo"])
    training = at(plain, "trainer.n_gpus_per_node")
    ray = at(plain, "ray_kwargs.ray_init")
    assert ray["num_gpus"] == (None if "address" in ray else training)
    assert ours.pool.devices
    assert min(ours.pool.devices) >= training
    assert ours.evaluation.target == "cuda"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("actor_rollout_ref.actor.clip_ratio_hih=0.3", "clip_ratio_hih"),
        ("+actor_rollout_ref.actor.clip_ratio_hih=0.3", "Did you mean 'clip_ratio_high'"),
        ("+actr.clip=0.3", "no setting actr"),
        ("+kerneldojo.rl.clip_low=0.3", "clip_ratio_low"),
        ("algorithm.rollout_correction.rollout_rs=seq_mean_k1", "rollout_rs"),
        ("actor_rollout_ref.actor.loss_agg_mode=no-such-mode", "verl does not accept"),
    ],
)
def test_mistakes_are_found_before_training(override: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_config(compose_recipe(RECIPES[0], [override]))


def test_our_trainer_takes_it(recipe: Any) -> None:
    trainer = KernelDojoTrainer(recipe)
    assert type(trainer.replay_buffer) is ReplayBuffer, "that of synchronous training"
    assert trainer.trainer_mode == "sync"
    assert get_trainer_cls(recipe.trainer.v1.trainer_mode) is KernelDojoTrainer


def test_our_trainer_refuses_what_it_cannot_do() -> None:
    with pytest.raises(UsageError, match="use_kl_in_reward"):
        KernelDojoTrainer(compose_recipe(RECIPES[0], ["algorithm.use_kl_in_reward=true"]))


def test_what_is_handed_on_is_not_ours_to_judge() -> None:
    check_config(
        compose_recipe(
            RECIPES[0],
            [
                "+actor_rollout_ref.rollout.engine_kwargs.vllm.swap_space=8",
                "+data.apply_chat_template_kwargs.enable_thinking=false",
                "++ray_kwargs.ray_init.address=auto",
            ],
        )
    )


def test_training_begins_after_every_machine_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[str, int]] = []

    def run_ppo(config: Any, task_runner_class: Any) -> None:
        name = task_runner_class.__ray_metadata__.class_name
        begun.append((name, config.trainer.total_training_steps))

    monkeypatch.setattr("verl.trainer.main_ppo.run_ppo", run_ppo)
    train(RECIPES[0], ["trainer.total_training_steps=7"])
    assert begun == [("CheckingRunner", 7), ("TaskRunnerV1", 7)]
    with pytest.raises(UsageError, match="use_kl_in_reward"):
        train(RECIPES[0], ["algorithm.use_kl_in_reward=true"])
    assert len(begun) == 2


def test_a_recipe_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no such recipe"):
        compose_recipe("recipes/verl/qwen4.yaml")
