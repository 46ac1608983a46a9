"""What the trajectories of a process share is opened once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from kerneldojo.dialogue.second_look import SecondLook
from kerneldojo.errors import ConfigError
from kerneldojo.integrations.verl import sharing
from tests.cli.samples import ENVIRONMENT
from tests.policies import tokenizers as families


class Evaluator:
    opened: list[tuple[Any, ...]] = []
    begin = threading.Barrier(4)

    def __init__(self, settings: Any, pool: str, **options: Any) -> None:
        self.settings = settings
        self.opened.append((settings, pool, options))

    def environment(self, language: Any) -> Any:
        return ENVIRONMENT

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sharing, "Evaluator", Evaluator)
    monkeypatch.setattr(sharing, "_SHARED", {})
    monkeypatch.setattr(sharing, "_TOKENS", {})
    monkeypatch.setattr(sharing, "atexit", SimpleNamespace(register=lambda call: None))
    Evaluator.opened = []
    yield


def test_one_evaluator_for_all_that_begin_at_once() -> None:
    table = {"pool": {"devices": [6, 7], "overlap": 3}, "cache": {"enabled": True}}

    def ask(_: int) -> Any:
        Evaluator.begin.wait()
        return sharing.shared(table)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(ask, range(4)))
    assert len({id(one) for one in found}) == 1
    [(_, pool, options)] = Evaluator.opened
    assert pool == "local:6,7"
    assert options == {"retries": 1, "overlap": 3, "cache": True}
    assert "AMD EPYC" in found[0].hardware


def test_the_device_is_not_told_where_it_shall_not_be() -> None:
    assert sharing.shared({"dialogue": {"hardware": False}}).hardware == ""


@pytest.mark.parametrize("remeasure", [True, False])
def test_what_is_implausible_is_looked_at_twice_if_asked_for(remeasure: bool) -> None:
    judge = sharing.shared({"rl": {"remeasure": remeasure}}).evaluator
    assert isinstance(judge, SecondLook) is remeasure


def test_a_wrong_table_opens_nothing() -> None:
    with pytest.raises(ConfigError):
        sharing.shared({"dialogue": {"turn": 1}})
    assert not Evaluator.opened


def test_a_tokenizer_is_looked_at_once() -> None:
    tokenizer = families.chatml(families.FORGETS_THINKING)
    plain = sharing.chat_tokens(tokenizer, {})
    assert sharing.chat_tokens(tokenizer, {}) is plain
    assert sharing.chat_tokens(tokenizer, {"enable_thinking": False}) is not plain
