"""Our table in verl's configuration says nothing that is not heeded."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.config import keys
from kerneldojo.errors import ConfigError, UsageError
from kerneldojo.integrations.verl.recipe import NEEDED, check_recipe
from kerneldojo.integrations.verl.settings import RL_KEYS, VERLS, read_settings
from kerneldojo.settings import RlSettings

PAGE = (Path(__file__).parents[3] / "docs" / "verl.md").read_text(encoding="utf-8")

CONFIG: dict[str, Any] = {
    "trainer": {"use_v1": True, "v1": {"trainer_mode": "kerneldojo"}},
    "algorithm": {
        "adv_estimator": "kerneldojo_trloo",
        "gamma": 1.0,
        "use_kl_in_reward": False,
        "rollout_correction": {"rollout_is": None, "rollout_rs": None, "bypass_mode": False},
    },
    "actor_rollout_ref": {
        "rollout": {
            "agent": {"default_agent_loop": "kerneldojo"},
            "calculate_log_probs": True,
            "top_p": 1.0,
            "top_k": -1,
            "response_length": 8192,
            "prompt_length": 8192,
            "max_model_len": None,
        }
    },
    "kerneldojo": {"rl": {"mismatch": "mrs"}},
}


def changed(key: str, value: Any) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    table = config
    *parents, leaf = key.split(".")
    for parent in parents:
        table = table[parent]
    table[leaf] = value
    return config


def test_what_is_left_out_has_its_default() -> None:
    settings = read_settings({"dialogue": {"turns": 5}, "rl": {"deadline_s": None}})
    assert settings.dialogue.turns == 5
    assert settings.rl == RlSettings()
    assert read_settings(None).dialogue.turns == 3


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"rl": {"clip_low": 0.1}}, "clip_ratio_low"),
        ({"sampling": {"temperature": 0.5}}, "rollout.temperature"),
        ({"rl": {"overlap": False}}, "what has is"),
        ({"viewer": {"port": 1}}, "what has is"),
        ({"dialogue": {"turn": 5}}, "dialogue.turns"),
        ({"rl": {"prs_width": 7}}, "rl.prs_width = 7"),
    ],
)
def test_what_has_no_effect_is_refused(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_settings(table)


def test_names_of_settings_are_those_of_the_library() -> None:
    assert {f"rl.{name}" for name in RL_KEYS} | set(VERLS) <= set(keys())
    assert not {f"rl.{name}" for name in RL_KEYS} & set(VERLS)


def test_a_good_recipe_is_accepted() -> None:
    check_recipe(CONFIG)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("trainer.use_v1", False, "older trainer"),
        ("trainer.v1.trainer_mode", "sync", "kerneldojo is needed"),
        ("algorithm.adv_estimator", "grpo", "none of KernelDojo's"),
        ("algorithm.gamma", 2.0, "discount"),
        ("algorithm.use_kl_in_reward", True, "false is needed"),
        ("algorithm.rollout_correction.rollout_rs", "seq_mean_k1", "null is needed"),
        ("algorithm.rollout_correction.rollout_is", "token", "null is needed"),
        ("algorithm.rollout_correction.bypass_mode", True, "false is needed"),
        ("actor_rollout_ref.rollout.calculate_log_probs", False, "true is needed"),
        ("actor_rollout_ref.rollout.top_p", 0.9, "1.0 is needed"),
        ("actor_rollout_ref.rollout.top_k", 50, "-1 is needed"),
        ("actor_rollout_ref.rollout.agent.default_agent_loop", "tool_agent", "kerneldojo"),
        ("actor_rollout_ref.rollout.max_model_len", 9000, "too short"),
        ("kerneldojo.rl", {"clip_low": 0.1}, "clip_ratio_low"),
    ],
)
def test_a_bad_recipe_is_refused(key: str, value: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check_recipe(changed(key, value))


def test_another_version_of_verl_is_noticed() -> None:
    config = copy.deepcopy(CONFIG)
    del config["algorithm"]["rollout_correction"]
    with pytest.raises(UsageError, match=r"no 'algorithm.rollout_correction.*0\.9\.1"):
        check_recipe(config)


def test_the_page_names_every_setting() -> None:
    for name in (*RL_KEYS, *VERLS, *(key for key, _, _ in NEEDED)):
        assert f"`{name.removeprefix('actor_rollout_ref.')}`" in PAGE, name
    for name in VERLS.values():
        assert f"`{name.partition(' ')[0].removeprefix('actor_rollout_ref.')}`" in PAGE, name
