"""Endpoints that work: what is asked, what is understood of the answer, and how fast."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import kerneldojo as kd
from kerneldojo.errors import PolicyRefused, UsageError
from kerneldojo.policies import Endpoint
from kerneldojo.policies.base import count_roughly
from kerneldojo.records import Finish, Message
from kerneldojo.settings import EndpointSettings, Sampling
from tests.policies.conftest import QUESTION, Ask
from tests.policies.stub import END_OF_REPLY, Fault, Stub, error, logprob

BOTH = pytest.mark.parametrize("stream", [True, False])


@BOTH
def test_a_reply(stub: Stub, ask: Ask, stream: bool) -> None:
    stub.thinking = "They greet me."
    reply = ask(stream=stream)
    assert (reply.text, reply.thinking) == ("Hello, world.", "They greet me.")
    assert (reply.finish, reply.model) == (Finish.STOP, "stub")
    assert reply.usage.prompt_tokens == len("<system>Be brief.<user>Hello?")
    assert not reply.usage.estimated
    assert reply.seconds > 0
    assert reply.sampled_ids is None


@BOTH
def test_the_request(stub: Stub, ask: Ask, stream: bool) -> None:
    sampling = Sampling(temperature=0.5, top_p=0.9, max_tokens=77, seed=3)
    ask(stream=stream, sampling=sampling, extra={"top_k": -1, "top_p": 0.8})
    [sent] = stub.requests
    assert sent["messages"] == [
        message.model_dump(include={"role", "content"}) for message in QUESTION
    ]
    assert sent["model"] == "stub"
    assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (0.5, 77, 3)
    assert (sent["top_k"], sent["top_p"]) == (-1, 0.8)
    assert sent["stream"] is stream
    assert "logprobs" not in sent and "return_token_ids" not in sent


def test_a_field_that_few_servers_know_is_sent_only_if_it_says_something(
    stub: Stub, ask: Ask
) -> None:
    ask()
    ask(sampling=Sampling(min_p=0.1))
    assert [sent.get("min_p") for sent in stub.requests] == [None, 0.1]


def test_no_seed_is_sent_if_there_is_none(stub: Stub, ask: Ask) -> None:
    ask()
    assert "seed" not in stub.requests[0]


def test_the_reply_is_told_as_it_comes(ask: Ask) -> None:
    pieces: list[str] = []
    ask(on_text=pieces.append)
    assert pieces == ["Hello", ", wor", "ld."]


@BOTH
@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_under_either_name(stub: Stub, ask: Ask, stream: bool, field: str) -> None:
    stub.thinking, stub.thinking_field = "Hm. " * 5, field
    assert ask(stream=stream).thinking == stub.thinking


@BOTH
def test_token_ids_and_logprobs(stub: Stub, ask: Ask, stream: bool) -> None:
    reply = ask(stream=stream, logprobs=True)
    assert reply.sampled_ids == (*b"Hello, world.", END_OF_REPLY)
    assert reply.logprobs == tuple(logprob(id) for id in reply.sampled_ids)
    assert reply.prompt_ids == tuple(b"<system>Be brief.<user>Hello?")


@BOTH
def test_token_ids_out_of_the_logprobs(stub: Stub, ask: Ask, stream: bool) -> None:
    """As vLLM gives them with `return_tokens_as_token_ids`."""
    stub.token_ids = False
    reply = ask(stream=stream, logprobs=True)
    assert reply.sampled_ids == (*b"Hello, world.", END_OF_REPLY)
    assert reply.logprobs == tuple(logprob(id) for id in reply.sampled_ids)


def test_token_ids_of_llama_cpp(stub: Stub, ask: Ask) -> None:
    entries = [{"id": 5, "token": "Hi", "logprob": -0.5}, {"id": 2, "token": "", "logprob": -1}]
    choice = {"message": {"content": "Hi"}, "logprobs": {"content": entries}}
    stub.faults.append(Fault(body={"choices": [choice | {"finish_reason": "stop"}]}))
    reply = ask(stream=False, logprobs=True)
    assert (reply.sampled_ids, reply.logprobs) == ((5, 2), (-0.5, -1.0))


def test_logprobs_without_ids_are_of_no_use(stub: Stub, ask: Ask) -> None:
    choice = {
        "message": {"content": "Hi"},
        "logprobs": {"content": [{"token": "Hi", "logprob": -0.5}]},
        "finish_reason": "stop",
    }
    stub.faults.append(Fault(body={"choices": [choice]}))
    reply = ask(stream=False, logprobs=True)
    assert (reply.text, reply.sampled_ids, reply.logprobs) == ("Hi", None, None)


@BOTH
def test_length(ask: Ask, stream: bool) -> None:
    reply = ask(stream=stream, sampling=Sampling(max_tokens=5))
    assert (reply.text, reply.finish) == ("Hello", Finish.LENGTH)


@BOTH
@pytest.mark.parametrize(("finish", "refusal"), [("content_filter", None), ("stop", "I will not.")])
def test_a_refusal_is_data(
    stub: Stub, ask: Ask, stream: bool, finish: str, refusal: str | None
) -> None:
    stub.reply, stub.finish, stub.refusal = "", finish, refusal
    reply = ask(stream=stream)
    assert reply.finish is Finish.REFUSAL
    assert reply.text == (refusal or "")


def test_a_server_that_does_not_stream_is_understood(stub: Stub, ask: Ask) -> None:
    """Some ignore `stream` and answer as a whole."""
    whole = {
        "model": "other",
        "choices": [{"finish_reason": "stop", "message": {"content": [{"text": "in parts"}]}}],
    }
    stub.faults.append(Fault(body=whole))
    reply = ask(stream=True)
    assert (reply.text, reply.model) == ("in parts", "other")


@BOTH
def test_money(ask: Ask, stream: bool) -> None:
    reply = ask(stream=stream, input_price=2.0, output_price=10.0)
    read, written = reply.usage.prompt_tokens, reply.usage.completion_tokens
    assert written == len("Hello, world.")
    assert reply.usage.money == pytest.approx((2 * read + 10 * written) / 1e6)


@BOTH
def test_usage_is_estimated_if_the_server_does_not_say(stub: Stub, ask: Ask, stream: bool) -> None:
    stub.usage, stub.thinking = False, "thinking counts too"
    usage = ask(stream=stream, output_price=1.0).usage
    assert usage.estimated
    assert usage.completion_tokens == count_roughly(stub.thinking + "Hello, world.")
    assert usage.prompt_tokens == sum(count_roughly(message.content) for message in QUESTION)
    assert usage.money > 0


def test_ids_count_where_they_are_known(stub: Stub, ask: Ask) -> None:
    stub.usage = False
    usage = ask(logprobs=True).usage
    assert usage.completion_tokens == len("Hello, world.") + 1
    assert usage.prompt_tokens == len("<system>Be brief.<user>Hello?")


@pytest.mark.parametrize("field", ["return_token_ids", "stream_options"])
def test_fields_that_are_not_understood_are_left_out(stub: Stub, ask: Ask, field: str) -> None:
    stub.unknown_fields = (field,)
    assert ask(logprobs=True).text == "Hello, world."
    assert [field in sent for sent in stub.requests] == [True, False]


def test_neutral_values_are_left_out_where_a_model_has_no_such_field(stub: Stub, url: str) -> None:
    """As OpenAI's reasoning models do; a value that means something is never dropped."""
    stub.unknown_fields = ("top_p",)

    async def run() -> None:
        policy = Endpoint(url, "stub")
        await policy.complete(QUESTION, Sampling())
        with pytest.raises(PolicyRefused, match="top_p"):
            await policy.complete(QUESTION, Sampling(top_p=0.5))
        await policy.close()

    asyncio.run(run())
    assert ["top_p" in sent for sent in stub.requests] == [True, False, True]


def test_what_was_learnt_is_remembered(stub: Stub, url: str) -> None:
    stub.unknown_fields = ("stream_options",)

    async def run() -> None:
        policy = Endpoint(url, "stub")
        for _ in range(3):
            await policy.complete(QUESTION, Sampling())
        await policy.close()

    asyncio.run(run())
    assert len(stub.requests) == 4


def test_the_other_name_of_max_tokens(stub: Stub, ask: Ask) -> None:
    stub.faults.append(
        error(400, "'max_tokens' is not supported. Use 'max_completion_tokens' instead.")
    )
    assert ask(sampling=Sampling(max_tokens=5)).text == "Hello"
    assert stub.requests[1]["max_completion_tokens"] == 5
    assert "max_tokens" not in stub.requests[1]


@BOTH
def test_continuing_token_ids(stub: Stub, url: str, stream: bool) -> None:
    async def run() -> None:
        policy = Endpoint(url, "stub", stream=stream, logprobs=True)
        reply = await policy.complete_ids([1, 2, 3], Sampling(), ends={END_OF_REPLY, 7})
        assert reply.prompt_ids == (1, 2, 3)
        assert reply.sampled_ids == (*b"Hello, world.", END_OF_REPLY)
        assert reply.logprobs == tuple(logprob(id) for id in reply.sampled_ids)
        assert (reply.text, reply.finish) == ("Hello, world.", Finish.STOP)
        assert reply.usage.prompt_tokens == 3
        await policy.close()

    asyncio.run(run())
    assert stub.requests[0]["prompt"] == [1, 2, 3]
    assert stub.requests[0]["return_token_ids"] is True
    assert stub.requests[0]["stop_token_ids"] == [7, END_OF_REPLY]


def test_the_key_goes_along(stub: Stub, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.key = "secret"
    monkeypatch.setenv("DOJO_KEY", "secret")
    assert ask(api_key_env="DOJO_KEY").text == "Hello, world."


def test_concurrency(stub: Stub, url: str) -> None:
    stub.latency_s = 0.05

    async def run() -> float:
        policy = Endpoint(url, "stub", concurrency=3)
        started = time.monotonic()
        await asyncio.gather(*(policy.complete(QUESTION, Sampling()) for _ in range(9)))
        await policy.close()
        return time.monotonic() - started

    seconds = asyncio.run(run())
    assert stub.peak == 3
    assert seconds >= 0.15


def test_requests_per_minute(stub: Stub, url: str) -> None:
    async def run() -> float:
        policy = Endpoint(url, "stub", requests_per_minute=600)
        started = time.monotonic()
        await asyncio.gather(*(policy.complete(QUESTION, Sampling()) for _ in range(4)))
        await policy.close()
        return time.monotonic() - started

    assert asyncio.run(run()) >= 0.3


def test_one_object_in_one_loop_after_another(url: str) -> None:
    policy = kd.Endpoint(url, model="stub")

    async def once(close: bool) -> str:
        reply = await policy.complete(QUESTION, Sampling())
        if close:
            await policy.close()
        return reply.text

    assert [asyncio.run(once(close)) for close in (False, True, True)] == ["Hello, world."] * 3


def test_counting_without_a_tokenizer() -> None:
    assert Endpoint("http://localhost/v1", "stub").count_tokens("x" * 350) == 101


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"base_url": "localhost:8000"}, ["'localhost:8000'", "http://", "Example"]),
        ({"base_url": "http://"}, ["http://"]),
        ({"base_url": "http://host:port/v1"}, ["is not an address"]),
        ({"base_url": "http://u:secret@host/v1"}, ["password", "policy.api_key_env"]),
        (
            {"base_url": "http://host/v1/chat/completions"},
            ["name of a method", "Leave it out: http://host/v1."],
        ),
        ({"concurrency": 0}, ["policy.concurrency = 0", "a whole number ≥ 1"]),
        ({"concurency": 3}, ["no setting policy.concurency", "'concurrency'"]),
        ({"mode": "tokens"}, ["policy.tokenizer"]),
        ({"extra": {"stop": {1}}}, ["policy.extra = {'stop': {1}}", "a table"]),
    ],
)
def test_impossible_settings(options: dict[str, Any], parts: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint(**({"base_url": "http://host/v1", "model": "m"} | options))
    for part in parts:
        assert part in str(caught.value)
    assert "secret" not in str(caught.value)


def test_settings_without_a_model() -> None:
    with pytest.raises(UsageError, match=r"policy\.model=NAME"):
        Endpoint.from_settings(EndpointSettings())


def test_settings_as_a_table() -> None:
    settings = EndpointSettings(base_url="http://host/v1/", model="m", context_length=99)
    policy = Endpoint.from_settings(settings)
    assert (policy.name, policy.context_length) == ("m", 99)
    assert policy.settings.base_url == "http://host/v1"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kerneldojo.policies.address.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install"):
        Endpoint("http://host/v1", "m")


def test_a_message_is_sent_as_text_in_chats(stub: Stub, url: str) -> None:
    said = [QUESTION[1], Message(role="assistant", content="Yes.", tokens=(1, 2)), QUESTION[1]]

    async def run() -> None:
        policy = Endpoint(url, "stub")
        await policy.complete(said, Sampling())
        await policy.close()

    asyncio.run(run())
    assert stub.requests[0]["messages"][1] == {"role": "assistant", "content": "Yes."}
