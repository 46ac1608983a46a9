"""Endpoints that fail: which failures pass, what is said of the others, and what stays behind."""

from __future__ import annotations

import asyncio
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from kerneldojo.errors import ContextOverflow, PolicyRefused, PolicyUnavailable
from kerneldojo.policies import Endpoint, overflow, pacing
from kerneldojo.policies.failures import message_of, retry_after
from kerneldojo.records import Finish
from kerneldojo.settings import Sampling
from tests.policies.conftest import QUESTION, Ask
from tests.policies.stub import Fault, Stub, error

BOTH = pytest.mark.parametrize("stream", [True, False])
HTML = "<html><head><style>x{}</style></head><body><h1>Bad gateway</h1></body></html>"

PASSING = {
    "overloaded": error(503, "try later"),
    "rate limit": error(429, "slow down"),
    "gateway": Fault(502, HTML),
    "page": Fault(200, HTML),
    "list": Fault(200, [1, 2]),
    "shape": Fault(200, {"answer": "Hello"}),
    "choices": Fault(200, {"choices": ["Hello"]}),
    "error in a reply": Fault(200, {"error": {"code": 503, "message": "busy"}}),
    "cut": Fault(cut_after=1),
    "cut at once": Fault(cut_after=0),
}


@BOTH
@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_failures_that_pass(stub: Stub, ask: Ask, fault: Fault, stream: bool) -> None:
    stub.faults.extend([fault, fault])
    assert ask(stream=stream, retries=2).text == "Hello, world."
    assert len(stub.requests) == 3


@BOTH
@pytest.mark.parametrize(
    ("fault", "parts"),
    [
        (PASSING["overloaded"], ["503: try later"]),
        (PASSING["gateway"], ["502: Bad gateway"]),
        (PASSING["page"], ["an HTML page instead of JSON: 'Bad gateway'"]),
        (PASSING["shape"], ["JSON without `choices`", '{"answer": "Hello"}']),
        (PASSING["cut"], ["connection failed", "incomplete"]),
    ],
)
def test_failures_that_do_not_pass(
    stub: Stub, ask: Ask, fault: Fault, parts: list[str], stream: bool
) -> None:
    stub.faults.extend([fault] * 2)
    with pytest.raises(PolicyUnavailable) as caught:
        ask(stream=stream, retries=1)
    for part in [*parts, "/v1", "2 times", "policy.retries = 1"]:
        assert part in str(caught.value)
    assert len(stub.requests) == 2


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_PAUSE_S", 8.0)
    for number, most in enumerate([8, 16, 30, 30], start=1):
        pauses = {pacing.pause_before_try(number) for _ in range(20)}
        assert len(pauses) > 1
        assert all(0.75 * most <= pause <= most for pause in pauses)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_holds_everyone_back(stub: Stub, url: str, status: int) -> None:
    stub.faults.append(error(status, "slow down", Retry_After="0.4"))

    async def run() -> tuple[float, float]:
        policy = Endpoint(url, "stub")
        started = time.monotonic()
        first = asyncio.create_task(policy.complete(QUESTION, Sampling()))
        while not stub.requests or stub.faults or stub.active:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        await policy.complete(QUESTION, Sampling())
        second_done = time.monotonic() - started
        await first
        await policy.close()
        return second_done, time.monotonic() - started

    second_done, both_done = asyncio.run(run())
    assert second_done >= 0.4
    assert both_done < 5


def test_a_wait_beyond_patience(stub: Stub, ask: Ask) -> None:
    stub.faults.append(error(429, "come back tomorrow", Retry_After="86400"))
    with pytest.raises(PolicyUnavailable, match=r"wait for 86400 s.*policy\.timeout_s = 600"):
        ask()
    assert len(stub.requests) == 1


def test_forms_of_retry_after() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert 90 < (retry_after({"retry-after": later}) or 0) <= 100
    for nonsense in ("soon", "-3", "nan", ""):
        assert retry_after({"retry-after": nonsense}) is None
    assert retry_after({}) is None


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    policy = Endpoint(f"http://127.0.0.1:{port}/v1", "stub", retries=1)
    with pytest.raises(PolicyUnavailable, match=rf"127\.0\.0\.1:{port}/v1: the connection failed"):
        asyncio.run(policy.complete(QUESTION, Sampling()))


@BOTH
def test_a_reply_that_takes_too_long(stub: Stub, ask: Ask, stream: bool) -> None:
    stub.latency_s = 30
    with pytest.raises(PolicyUnavailable) as caught:
        ask(stream=stream, timeout_s=0.1)
    for part in ("not complete after 0.1 s", "policy.timeout_s", "sampling.max_tokens"):
        assert part in str(caught.value)
    assert len(stub.requests) == 1
    assert stub.wait_until_idle()


def test_a_reply_that_trickles_is_bounded_as_a_whole(stub: Stub, ask: Ask) -> None:
    stub.reply, stub.pause_s = "x" * 5000, 0.01
    with pytest.raises(PolicyUnavailable, match="characters of it had come"):
        ask(timeout_s=0.3)
    assert stub.wait_until_idle()


@BOTH
def test_cancellation_leaves_nothing_open(stub: Stub, url: str, stream: bool) -> None:
    stub.faults.append(Fault(hang=True))
    if stream:
        stub.reply, stub.pause_s = "x" * 5000, 0.01
    else:
        stub.latency_s = 30

    async def run() -> None:
        policy = Endpoint(url, "stub", stream=stream)
        tasks = [asyncio.create_task(policy.complete(QUESTION, Sampling())) for _ in range(4)]
        while stub.active < 4:
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in done)
        assert await asyncio.to_thread(stub.wait_until_idle)
        stub.latency_s = stub.pause_s = 0
        assert (await policy.complete(QUESTION, Sampling())).text == stub.reply
        await policy.close()

    asyncio.run(run())


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key(stub: Stub, ask: Ask, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    stub.key = "another"
    if status == 403:
        stub.faults.append(error(403, "key sk-very-secret is not for this model"))
    with pytest.raises(PolicyRefused) as caught:
        ask()
    for part in ("does not accept the key in OPENAI_API_KEY", str(status), "policy.api_key_env"):
        assert part in str(caught.value)
    assert "sk-very-secret" not in str(caught.value)
    assert len(stub.requests) == 1


def test_no_key(stub: Stub, ask: Ask) -> None:
    stub.key = "wanted"
    with pytest.raises(PolicyRefused, match="asks for a key, and MY_KEY is not set"):
        ask(api_key_env="MY_KEY")


def test_no_other_key_is_taken_from_the_environment(
    stub: Stub, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.key = "secret"
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "secret")
    with pytest.raises(PolicyRefused, match="MY_KEY is not set"):
        ask(api_key_env="MY_KEY")


@pytest.mark.parametrize("code", ["insufficient_quota", "billing_hard_limit_reached"])
def test_an_empty_account_is_not_asked_again(stub: Stub, ask: Ask, code: str) -> None:
    stub.faults.append(error(429, "You exceeded your current quota", code))
    with pytest.raises(PolicyRefused, match="paid first"):
        ask()


def test_an_unknown_model(stub: Stub, ask: Ask) -> None:
    stub.models = ("qwen3-8b", "qwen3-32b")
    with pytest.raises(PolicyRefused) as caught:
        ask(model="qwen3-7b")
    for part in ("no model 'qwen3-7b'", "Did you mean 'qwen3-8b'?", "qwen3-32b", "policy.model="):
        assert part in str(caught.value)


def test_an_unknown_model_said_otherwise(stub: Stub, ask: Ask) -> None:
    stub.faults.append(error(400, "gpt is not a valid model ID"))
    with pytest.raises(PolicyRefused, match=r"no model 'gpt'\. It offers: stub"):
        ask(model="gpt")


def test_many_models_are_not_all_named(stub: Stub, ask: Ask) -> None:
    stub.models = tuple(f"m{number}" for number in range(50))
    with pytest.raises(PolicyRefused, match="m19 and 30 more"):
        ask(model="other")


def test_a_wrong_path(url: str, ask: Ask) -> None:
    with pytest.raises(PolicyRefused) as caught:
        ask(base_url=url.removesuffix("/v1"))
    for part in ("404", f"Most end in /v1: {url}"):
        assert part in str(caught.value)


def test_a_request_that_is_refused(stub: Stub, ask: Ask) -> None:
    stub.faults.append(Fault(422, {"detail": [{"loc": ["top_k"], "msg": "not allowed"}]}))
    with pytest.raises(PolicyRefused) as caught:
        ask(extra={"top_k": 3})
    for part in ("422", "top_k", "policy.extra"):
        assert part in str(caught.value)


@pytest.mark.parametrize("code", ["content_filter", "content_policy_violation"])
def test_a_filter_of_the_endpoint_is_a_refusal(stub: Stub, ask: Ask, code: str) -> None:
    stub.faults.append(error(400, "The prompt was filtered.", code))
    reply = ask()
    assert (reply.finish, reply.text) == (Finish.REFUSAL, "The prompt was filtered.")


OVERFLOWS = {
    "OpenAI": (
        error(
            400,
            "This model's maximum context length is 16385 tokens. However, your messages resulted "
            "in 20000 tokens. Please reduce the length of the messages.",
            "context_length_exceeded",
        ),
        16385,
    ),
    "OpenAI, later": (
        error(
            400,
            "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in "
            "300000 tokens.",
        ),
        272000,
    ),
    "vLLM": (
        error(
            400,
            "This model's maximum context length is 16384 tokens. However, you requested 19591 "
            "tokens (9591 in the messages, 10000 in the completion).",
        ),
        16384,
    ),
    "vLLM, prompt": (
        Fault(
            400,
            {
                "object": "error",
                "message": "The decoder prompt (length 40127) is longer than the maximum model "
                "length of 32768. Make sure that `max_model_len` is no smaller.",
                "code": 400,
            },
        ),
        32768,
    ),
    "SGLang": (
        Fault(
            400,
            {
                "object": "error",
                "message": "The input (61709 tokens) is longer than the model's context length "
                "(40960 tokens).",
                "code": 400,
            },
        ),
        40960,
    ),
    "SGLang, total": (
        error(
            400,
            "Requested token count exceeds the model's maximum context length of 202752 tokens. "
            "You requested a total of 202941 tokens.",
        ),
        202752,
    ),
    "llama.cpp": (
        Fault(
            400,
            {
                "error": {
                    "code": 400,
                    "message": "the request exceeds the available context size. try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 14429,
                    "n_ctx": 12288,
                }
            },
        ),
        12288,
    ),
    "llama.cpp, with status 500": (
        Fault(
            500,
            {
                "error": {
                    "message": "the request exceeds the available context size",
                    "type": "exceed_context_size_error",
                }
            },
        ),
        None,
    ),
    "llama-cpp-python": (
        error(400, "Requested tokens (12285) exceed context window of 10240"),
        10240,
    ),
    "TGI": (
        Fault(
            422,
            {
                "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= "
                "10096. Given: 9000 `inputs` tokens and 2000 `max_new_tokens`",
                "error_type": "validation",
            },
        ),
        10096,
    ),
    "too large": (Fault(413, "Payload too large"), None),
    "in a reply": (
        Fault(200, {"error": {"code": 400, "type": "exceed_context_size_error", "message": "?"}}),
        None,
    ),
}


@BOTH
@pytest.mark.parametrize(("fault", "limit"), OVERFLOWS.values(), ids=OVERFLOWS)
def test_context_overflow(
    stub: Stub, url: str, fault: Fault, limit: int | None, stream: bool
) -> None:
    stub.faults.append(fault)
    policy = Endpoint(url, "stub", stream=stream)

    async def run() -> None:
        try:
            await policy.complete(QUESTION, Sampling())
        finally:
            await policy.close()

    with pytest.raises(ContextOverflow, match=r"sampling\.max_tokens.*context of stub"):
        asyncio.run(run())
    assert len(stub.requests) == 1
    assert policy.context_length == limit


def test_a_known_context_length_stays(stub: Stub, url: str) -> None:
    stub.faults.append(OVERFLOWS["OpenAI"][0])
    policy = Endpoint(url, "stub", context_length=12000)
    with pytest.raises(ContextOverflow):
        asyncio.run(policy.complete(QUESTION, Sampling()))
    assert policy.context_length == 12000


def test_replies_longer_than_the_context(stub: Stub, ask: Ask) -> None:
    """No conversation could be short enough, so that it is no overflow."""
    stub.faults.append(
        error(
            400,
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum "
            "context length is 4096 tokens and your request has 100 input tokens.",
        )
    )
    with pytest.raises(PolicyRefused, match=r"max_tokens = 8192 .* sampling\.max_tokens=2048"):
        ask()


@pytest.mark.parametrize(
    "said",
    ["Invalid value for max_tokens", "You have exceeded your rate limit", "context is a bad field"],
)
def test_other_complaints_are_no_overflow(said: str) -> None:
    assert not overflow.is_overflow(said, {"code": "invalid", "type": None})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "a"}}, "a"),
        ({"error": "b"}, "b"),
        ({"message": "c", "code": 1}, "c"),
        ({"detail": "d"}, "d"),
        (b"e\n\nf", "e f"),
        ("<p>g</p><script>h()</script>", "g"),
        ([1], "[1]"),
        (None, "null"),
        ("x" * 999, "x" * 299 + "…"),
    ],
)
def test_what_a_server_says_in_one_line(body: object, said: str) -> None:
    assert message_of(body) == said
