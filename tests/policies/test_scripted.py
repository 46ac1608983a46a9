from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from kerneldojo.errors import PolicyRefused
from kerneldojo.policies import Scripted, Topic
from kerneldojo.policies.base import count_roughly
from kerneldojo.records import Completion, Finish, Message
from kerneldojo.settings import Sampling
from tests.policies.conftest import QUESTION

TOPIC = Topic("suite/softmax/softmax", 2, "turn 1")


def ask(policy: Scripted, topic: Topic = TOPIC) -> Completion:
    return asyncio.run(policy.complete(QUESTION, Sampling(), topic=topic))


def test_replies_in_order() -> None:
    policy = Scripted(["one", Completion(text="two", finish=Finish.LENGTH)])
    assert ask(policy).text == "one"
    assert ask(policy).finish is Finish.LENGTH
    assert policy.asked == [(TOPIC, tuple(QUESTION))] * 2


def test_the_script_ends() -> None:
    policy = Scripted(["one"], name="parrot")
    ask(policy)
    with pytest.raises(PolicyRefused) as caught:
        ask(policy)
    for part in ("'parrot'", "1 replies", TOPIC.problem, TOPIC.place):
        assert part in str(caught.value)


def test_replies_by_a_function() -> None:
    def script(messages: Sequence[Message], topic: Topic) -> str:
        return f"{topic.place}: {messages[-1].content}"

    assert ask(Scripted(script)).text == "turn 1: Hello?"


def test_replies_by_an_asynchronous_function() -> None:
    async def script(messages: Sequence[Message], topic: Topic) -> str:
        await asyncio.sleep(0)
        return "later"

    assert ask(Scripted(script)).text == "later"


def test_usage_and_name() -> None:
    policy = Scripted(["some words"], name="parrot", context_length=500)
    reply = ask(policy)
    assert (policy.name, reply.model, policy.context_length) == ("parrot", "parrot", 500)
    assert reply.usage.estimated
    assert reply.usage.completion_tokens == count_roughly("some words")
    assert reply.usage.prompt_tokens == sum(count_roughly(each.content) for each in QUESTION)


def test_the_reply_is_told() -> None:
    told: list[str] = []
    asyncio.run(Scripted(["words"]).complete(QUESTION, Sampling(), on_text=told.append))
    assert told == ["words"]
