"""Configuration: precedence, and errors that say what is allowed."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerneldojo.config import Config, allowed, keys, load_config
from kerneldojo.errors import ConfigError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults() -> None:
    assert load_config() == Config()


def test_later_files_win_and_set_wins_over_all(tmp_path: Path) -> None:
    first = write(tmp_path / "a.toml", "[evaluation.timing]\nbudget_s = 1.5\nmin_pairs = 3\n")
    second = write(tmp_path / "b.toml", "evaluation.timing.budget_s = 2.5\npool.retries = 4\n")
    config = load_config([first, second], ["evaluation.target=cpu", "pool.retries=0"])
    assert config.evaluation.timing.budget_s == 2.5
    assert config.evaluation.timing.min_pairs == 3
    assert config.evaluation.target == "cpu"
    assert config.pool.retries == 0


def test_set_takes_toml_values_and_bare_words() -> None:
    config = load_config([], ["pool.devices=[0, 2]", "evaluation.target=aot:sm_90"])
    assert config.pool.devices == (0, 2)
    assert config.evaluation.target == "aot:sm_90"


def test_pool_spec() -> None:
    assert Config().pool.spec == "local"
    assert load_config([], ["pool.devices=[0, 2]"]).pool.spec == "local:0,2"


@pytest.mark.parametrize(
    ("assignment", "parts"),
    [
        ("evaluation.timing.budgets=1", ["no setting", "'evaluation.timing.budget_s'"]),
        ("budget_s=1", ["Did you mean 'evaluation.timing.budget_s'"]),
        ("evaluation.timing=1", ["is a table", "evaluation.timing.budget_s"]),
        ("evaluation.timing.budget_s=fast", ["'fast'", "a number > 0"]),
        ("evaluation.timing.budget_s=-1", ["= -1", "a number > 0"]),
        ("evaluation.trials.seeds='3'", ["'3'", "a whole number ≥ 1"]),
        ("evaluation.target=gpu", ["'gpu'", "one of auto, cuda"]),
        ("evaluation.profile=1", ["true or false"]),
        ("pool.devices=[-1]", ["a list, each a whole number ≥ 0"]),
        ("dialogue.language=basic", ["'basic'", "one of", "'triton'"]),
        ("policy.extra=1", ["= 1 ", "a table"]),
        ("nonsense", ["key=value"]),
        ("=3", ["key=value"]),
    ],
)
def test_bad_assignments_say_what_is_allowed(assignment: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config([], [assignment])
    for part in parts:
        assert part in str(caught.value)


def test_a_wrong_value_names_the_file_that_set_it(tmp_path: Path) -> None:
    good = write(tmp_path / "good.toml", "pool.retries = 2")
    bad = write(tmp_path / "bad.toml", "pool.retries = 'often'")
    with pytest.raises(ConfigError, match=r"bad\.toml: pool\.retries = 'often'"):
        load_config([good, bad])


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_config([tmp_path / "missing.toml"])
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config([write(tmp_path / "broken.toml", "[[[")])
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_config([binary])


def test_toml_round_trip(tmp_path: Path) -> None:
    config = load_config([], ["pool.devices=[1]", "evaluation.seed=" + "ab" * 16])
    path = write(tmp_path / "config.toml", config.to_toml())
    assert load_config([path]) == config


def test_a_table_of_the_users_own_takes_any_key(tmp_path: Path) -> None:
    file = write(tmp_path / "a.toml", "[policy.extra]\ntop_k = 20\nmin_p = 0.1\n")
    template = "policy.extra.chat_template_kwargs.enable_thinking=false"
    odd = "policy.extra.tools=[{'a b' = ['ü', 1]}]"
    config = load_config([file], ["policy.extra.top_k=-1", "policy.extra.user=me", template, odd])
    assert config.policy.extra == {
        "top_k": -1,
        "min_p": 0.1,
        "user": "me",
        "chat_template_kwargs": {"enable_thinking": False},
        "tools": [{"a b": ["ü", 1]}],
    }
    assert load_config([write(tmp_path / "b.toml", config.to_toml())]) == config


@pytest.mark.parametrize("key", list(keys()))
def test_every_setting_says_what_it_takes(key: str) -> None:
    assert "value" not in allowed(key)


@given(st.text(max_size=40))
def test_no_assignment_crashes(text: str) -> None:
    try:
        load_config([], [text])
    except ConfigError as error:
        assert str(error)


def test_to_toml_is_toml() -> None:
    assert tomllib.loads(Config().to_toml())["evaluation"]["target"] == "auto"
