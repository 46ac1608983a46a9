"""The policy that comes with the package: it reads the module it is to rewrite, and answers."""

from __future__ import annotations

import asyncio

import pytest

from kerneldojo.dialogue import Prompts, parse_reply
from kerneldojo.dialogue.feedback import Feedback
from kerneldojo.errors import PolicyRefused
from kerneldojo.miniature.recipe import dialogue
from kerneldojo.policies import open_policy
from kerneldojo.policies.dojo import Dojo, bare_reference
from kerneldojo.problems import generator
from kerneldojo.records import Completion, Message
from kerneldojo.settings import Sampling

PROBLEM = generator.generate("mini-test", 0)


def user(text: str) -> Message:
    return Message(role="user", content=text)


@pytest.fixture(scope="module")
def policy() -> Dojo:
    found = open_policy("dojo")
    assert isinstance(found, Dojo)
    return found


def answer(policy: Dojo, *messages: Message) -> Completion:
    async def ask() -> Completion:
        try:
            return await policy.complete(messages, Sampling(seed=0, temperature=0.0))
        finally:
            await policy.close()

    return asyncio.run(ask())


def test_the_usual_question_comes_down_to_the_one_it_was_taught() -> None:
    taught = Prompts.from_settings(dialogue()).first(PROBLEM)
    assert bare_reference([user(Prompts().first(PROBLEM))]) == taught
    assert bare_reference([user(taught)]) == taught


def test_it_answers_with_a_solution(policy: Dojo) -> None:
    reply = parse_reply(answer(policy, user(Prompts().first(PROBLEM))).text)
    assert reply.source is not None and "@triton.jit" in reply.source


def test_what_it_is_told_does_not_move_it(policy: Dojo) -> None:
    question = user(Prompts().first(PROBLEM))
    told = user(Prompts().next(Feedback("A kernel does not compile."), None))
    alone = answer(policy, question)
    assert answer(policy, question, Message(role="assistant", content="x"), told).text == alone.text


def test_it_refuses_what_is_no_module() -> None:
    with pytest.raises(PolicyRefused, match="class Model"):
        bare_reference([user("How are you?")])
