from __future__ import annotations

from pathlib import Path

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.policies import Endpoint, Replayed, open_policy, replayed
from kerneldojo.policies import local as local_module
from kerneldojo.policies.mailbox import Mailbox
from kerneldojo.policies.replayed import RecordedReply
from kerneldojo.settings import EndpointSettings

SETTINGS = EndpointSettings(base_url="http://host/v1", model="m", concurrency=7)


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    path = tmp_path / "replies.jsonl"
    Replayed([RecordedReply(problem="p", place="x", policy="small", reply="y")]).save(path)
    return path


@pytest.mark.parametrize(
    ("policy", "base_url", "model"),
    [
        (None, "http://host/v1", "m"),
        ("https://other:1/v1", "https://other:1/v1", "m"),
        ("org/Model-8B", "http://host/v1", "org/Model-8B"),
        ("qwen3:8b", "http://host/v1", "qwen3:8b"),
    ],
)
def test_endpoints(policy: str | None, base_url: str, model: str) -> None:
    found = open_policy(policy, SETTINGS)
    assert isinstance(found, Endpoint)
    assert (found.settings.base_url, found.name) == (base_url, model)
    assert found.settings.concurrency == 7


def test_settings_alone() -> None:
    assert open_policy(SETTINGS).name == "m"


def test_replays(replies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_policy(f"replay:{replies}").name == "replay of small"
    monkeypatch.setattr(replayed, "_TOUR", replies)
    assert open_policy("tour").name == "tour"


def test_a_mailbox(tmp_path: Path) -> None:
    found = open_policy(f"mailbox:{tmp_path / 'box'}")
    assert isinstance(found, Mailbox)
    assert found.folder == tmp_path / "box"


def test_a_local_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_module, "LocalModel", lambda path: ("local", path))
    assert open_policy("hf:models/small") == ("local", "models/small")


@pytest.mark.parametrize("policy", ["replay", "replay:", "hf:", "mailbox"])
def test_incomplete_names(policy: str) -> None:
    with pytest.raises(UsageError, match=r"incomplete(.|\n)*replay:RUN"):
        open_policy(policy, SETTINGS)


def test_an_endpoint_without_a_model() -> None:
    with pytest.raises(UsageError, match=r"policy\.model=NAME"):
        open_policy("http://host/v1")


def test_a_misspelt_tour_is_no_model() -> None:
    with pytest.raises(UsageError, match="Did you mean 'tour'"):
        open_policy("tuor")
