"""Dialogues in token ids with an endpoint: what is stored is what was sent and returned."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.dialogue.token_rows import as_tokens, rows
from kerneldojo.errors import PolicyRefused
from kerneldojo.policies.endpoint import Endpoint
from kerneldojo.records import (
    Finish,
    Message,
    Problem,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)
from kerneldojo.settings import Sampling
from tests.policies import tokenizers as families
from tests.policies.stub import END_OF_REPLY, Stub, logprob

REPLIES = ["?", " A kernel.\n", "漢字 <|im_end|> \ue000", "```python\nx\n```", "the end"]
SAMPLING = Sampling(max_tokens=30)


@pytest.fixture
def stub() -> Stub:
    return Stub(reply=lambda body: REPLIES[len(body["prompt"]) % len(REPLIES)])


@pytest.fixture
def url(stub: Stub) -> Iterator[str]:
    with stub.serve() as address:
        yield address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer")
    families.byte_by_byte().save_pretrained(path)
    return path


def hold(policy: Endpoint, turns: int, hear: Callable[[str], None]) -> list[Turn]:
    """A dialogue of some turns, written down as dialogues are."""

    async def hold() -> list[Turn]:
        messages, done = [Message(role="user", content="Write ünicode.")], []
        for number in range(turns):
            completion = await policy.complete(messages, SAMPLING, on_text=hear)
            record = TurnRecord(
                trajectory="t",
                number=number,
                place=f"turn {number}",
                reply=completion.text,
                finish=completion.finish,
                feedback="Better. " * number,
                tokens=as_tokens(completion, done),
            )
            done.append(Turn(record))
            messages += [
                Message(role="assistant", content=completion.text, tokens=completion.sampled_ids),
                Message(role="user", content=record.feedback),
            ]
        await policy.close()
        return done

    return asyncio.run(hold())


@pytest.mark.parametrize("stream", [True, False])
def test_rows_are_what_was_sent_and_returned(
    stub: Stub, url: str, folder: Path, stream: bool
) -> None:
    policy = Endpoint(
        url, "stub", mode="tokens", tokenizer=str(folder), logprobs=True, stream=stream
    )
    heard: list[str] = []
    turns = hold(policy, 6, heard.append)
    sent = [tuple(body["prompt"]) for body in stub.requests]
    returned = [_ids(stub, body) for body in stub.requests]
    assert len({len(ids) for ids in returned}) > 2
    record = TrajectoryRecord(id="t", problem="p", problem_digest="d", question=())
    (row,) = rows(Trajectory(record, Problem(name="p", source=""), turns))
    assert row.ids == sent[-1] + returned[-1]
    for number, (prompt, sampled) in enumerate(zip(sent, returned, strict=True)):
        assert row.ids[: len(prompt) + len(sampled)] == prompt + sampled
        places = [place for place, turn in enumerate(row.turn_of) if turn == number]
        assert places == list(range(len(prompt), len(prompt) + len(sampled)))
        assert row.logprobs is not None
        assert [row.logprobs[place] for place in places] == [logprob(id) for id in sampled]
    assert "".join(turn.record.reply for turn in turns) == "".join(heard)


def _ids(stub: Stub, body: dict[str, Any]) -> tuple[int, ...]:
    text, finish = stub._shortened(body)
    return (*text.encode(), *([END_OF_REPLY] if finish == "stop" else []))


def test_a_reply_that_was_cut_off_is_closed_in_the_next_prompt(
    stub: Stub, url: str, folder: Path
) -> None:
    stub.reply = "x" * 100
    policy = Endpoint(url, "stub", mode="tokens", tokenizer=str(folder))
    turns = hold(policy, 2, lambda _: None)
    assert turns[0].record.finish is Finish.LENGTH
    second = turns[1].record.tokens
    assert second is not None
    assert (second.extends, second.prompt[0]) == (0, END_OF_REPLY)


def test_options_of_the_template_reach_it(stub: Stub, url: str, tmp_path: Path) -> None:
    tokenizer = families.byte_by_byte()
    template = tokenizer.chat_template
    tokenizer.chat_template = template + "{{- mood }}"
    tokenizer.save_pretrained(tmp_path)
    tokenizer.chat_template = template
    policy = Endpoint(
        url,
        "stub",
        mode="tokens",
        tokenizer=str(tmp_path),
        extra={"chat_template_kwargs": {"mood": "brisk"}},
    )
    hold(policy, 1, lambda _: None)
    assert bytes(stub.requests[0]["prompt"][-5:]) == b"brisk"


def test_tokens_are_counted_exactly(url: str, folder: Path) -> None:
    policy = Endpoint(url, "stub", mode="tokens", tokenizer=str(folder))
    assert policy.count_tokens("漢字") == 6


def test_a_server_that_keeps_its_ids_to_itself_is_refused(
    stub: Stub, url: str, folder: Path
) -> None:
    stub.token_ids = False
    stub.reply = "hello"
    policy = Endpoint(url, "stub", mode="tokens", tokenizer=str(folder))
    with pytest.raises(PolicyRefused, match="does not tell the token ids"):
        hold(policy, 1, lambda _: None)
