"""verl's client of its servers, and what an agent loop is given, without verl's servers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from kerneldojo.dialogue import Dialogue, Rollout, Terms
from kerneldojo.integrations.verl.holding import Held, hold
from kerneldojo.integrations.verl.policy import ServedModel
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.settings import DialogueSettings, Sampling
from tests.dialogue.talk import Judge, problem
from tests.policies import tokenizers as families

DRAWING = {"temperature": 1.0, "top_p": 1.0, "top_k": -1, "logprobs": True}
NEVER = "never"
"""A line that is never said."""


class Server:
    """Says its lines in order, as token ids with a log-probability each; notes what it was sent."""

    def __init__(self, tokens: ChatTokens, *lines: str | BaseException | SimpleNamespace) -> None:
        self.tokens = tokens
        self.lines = list(lines)
        self.asked: list[dict[str, Any]] = []
        self.replies: list[tuple[int, ...]] = []

    async def generate(self, **asked: Any) -> Any:
        self.asked.append(asked)
        line = self.lines.pop(0)
        if isinstance(line, BaseException):
            raise line
        if line == NEVER:
            await asyncio.Event().wait()
        if isinstance(line, SimpleNamespace):
            return line
        ids = drawn(self.tokens, line)
        self.replies.append(ids)
        return output(ids, step=len(self.asked))


def drawn(tokens: ChatTokens, text: str) -> tuple[int, ...]:
    """Ids that say a text as no tokenizer would write it: the first word letter by letter."""
    head, tail = text[:4], text[4:]
    letters = [number for letter in head for number in tokens._encode(letter)]
    return (*letters, *tokens._encode(tail), next(iter(tokens.ends)))


def output(ids: Sequence[int], *, step: int = 1, **changes: Any) -> SimpleNamespace:
    given: dict[str, Any] = {
        "token_ids": list(ids),
        "log_probs": [-(place + 1) / 100 for place in range(len(ids))],
        "stop_reason": "completed",
        "num_preempted": 1,
        "extra_fields": {"min_global_steps": step, "max_global_steps": step},
    }
    return SimpleNamespace(**{**given, **changes})


def chatml() -> ChatTokens:
    return ChatTokens(families.chatml())


def forgetful() -> ChatTokens:
    """A template that takes thinking out of earlier replies, as Qwen3's does."""
    return ChatTokens(families.chatml(families.FORGETS_THINKING))


def served(server: Server, **changes: Any) -> ServedModel:
    given: dict[str, Any] = {
        "client": server,
        "tokens": server.tokens,
        "name": "tiny",
        "context_length": None,
        "drawing": DRAWING,
        "request": "r",
    }
    return ServedModel(**{**given, **changes})


def held(server: Server, judge: Any = None, *, turns: int = 3, **changes: Any) -> Held:
    """Hold a dialogue with a server."""
    deadline_s = changes.pop("deadline_s", None)
    terms = Terms(
        served(server, **changes),
        judge or Judge(),
        settings=DialogueSettings(example=False, turns=turns),
        sampling=Sampling(max_tokens=4096),
    )

    async def work() -> Held:
        strategy = Rollout(turns)
        dialogue = Dialogue(problem(), terms, sample=5, strategy=strategy.name)
        return await hold(dialogue, strategy, deadline_s)

    return asyncio.run(work())


def held_question() -> list[Any]:
    """What the dialogues of `held` begin with."""
    terms = Terms(Server(chatml()), Judge(), settings=DialogueSettings(example=False))  # type: ignore[arg-type]
    return list(terms.question(problem()))
