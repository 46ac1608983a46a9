"""An endpoint with a real server behind it: `transformers serve` and a tiny model."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.errors import PolicyRefused
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.policies.local import LocalModel
from kerneldojo.policies.tokens import ChatTokens, load_tokenizer
from kerneldojo.records import Completion, Finish, Message
from kerneldojo.settings import Sampling

pytest.importorskip("fastapi", reason="transformers[serving] is not installed")

SCRIPT = Path(__file__).parents[2] / "scripts" / "tiny_server.py"
READY = "Uvicorn running on "
QUESTION = [
    Message(role="system", content="You write kernels."),
    Message(role="user", content="Write one that adds."),
]
GREEDY = Sampling(temperature=0, max_tokens=12)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model that is served."""
    return tmp_path_factory.mktemp("served") / "tiny"


@pytest.fixture(scope="module")
def url(model: Path) -> Iterator[str]:
    """The address of a server that has said that it is ready."""
    command = [sys.executable, str(SCRIPT), "--folder", str(model), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert server.stdout is not None
            said: list[str] = []
            for line in server.stdout:
                said.append(line)
                if READY in line:
                    break
            else:
                pytest.fail("the server ended:\n" + "".join(said))
            # what nobody reads would stop the server once the pipe is full
            threading.Thread(target=server.stdout.read, daemon=True).start()
            yield said[-1].partition(READY)[2].split()[0] + "/v1"
        finally:
            server.kill()


def ask(
    policy: Any, questions: Sequence[Sequence[Message]], sampling: Sampling, hear: Any = None
) -> list[Completion]:
    async def everything() -> list[Completion]:
        told = {"on_text": hear} if hear else {}
        try:
            asked = [policy.complete(question, sampling, **told) for question in questions]
            return list(await asyncio.gather(*asked))
        finally:
            await policy.close()

    return asyncio.run(everything())


@pytest.mark.parametrize("stream", [True, False])
def test_it_says_what_the_model_says_here(url: str, model: Path, stream: bool) -> None:
    heard: list[str] = []
    (there,) = ask(Endpoint(url, "tiny", stream=stream), [QUESTION], GREEDY, heard.append)
    (here,) = ask(LocalModel(model, device="cpu"), [QUESTION], GREEDY)
    assert "".join(heard) == there.text == here.text != ""
    assert there.finish is here.finish is Finish.LENGTH
    assert there.usage == here.usage
    assert not there.usage.estimated
    assert there.model.startswith("tiny")
    assert there.seconds > 0


def test_a_second_turn_is_counted_as_the_tokenizer_counts(url: str, model: Path) -> None:
    policy = Endpoint(url, "tiny")
    (first,) = ask(policy, [QUESTION], GREEDY)
    said = Message(role="assistant", content=first.text)
    question = [*QUESTION, said, Message(role="user", content="Faster.")]
    (second,) = ask(policy, [question], GREEDY)
    tokens = ChatTokens(load_tokenizer(model))
    assert second.usage.prompt_tokens == len(tokens.prompt_ids(question))


def test_seeds_reach_the_model(url: str) -> None:
    policy = Endpoint(url, "tiny")
    texts = [
        ask(policy, [QUESTION], Sampling(seed=seed, max_tokens=12))[0].text for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_many_are_answered_at_once(url: str) -> None:
    questions = [[Message(role="user", content=f"Question {number}")] for number in range(8)]
    replies = ask(Endpoint(url, "tiny", concurrency=4), questions, GREEDY)
    assert len({reply.text for reply in replies}) > 1


def test_log_probabilities_that_it_does_not_tell_are_done_without(url: str) -> None:
    (completion,) = ask(Endpoint(url, "tiny", logprobs=True), [QUESTION], GREEDY)
    assert completion.text
    assert completion.logprobs is completion.sampled_ids is None


def test_a_model_it_does_not_have_is_refused(url: str) -> None:
    with pytest.raises(PolicyRefused, match="huge"):
        ask(Endpoint(url, "huge", retries=0), [QUESTION], GREEDY)


def test_it_takes_no_token_ids_and_that_is_said(url: str, model: Path) -> None:
    policy = Endpoint(url, "tiny", mode="tokens", tokenizer=str(model), retries=0)
    with pytest.raises(PolicyRefused, match="prompt must be a string"):
        ask(policy, [QUESTION], GREEDY)
