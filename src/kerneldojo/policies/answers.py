"""Reading what an OpenAI-compatible server answers, whole or piece by piece."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kerneldojo.policies.failures import message_of
from kerneldojo.records import Completion, Finish, Usage

_FINISHES = {
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "content_filter": Finish.REFUSAL,
    "refusal": Finish.REFUSAL,
    "safety": Finish.REFUSAL,
}
"""What servers say of a reply's end; anything else means that the model was done."""
_BROKEN_OFF = ("abort", "cancelled", "error")
_THINKING = ("reasoning_content", "reasoning")
_ID_PREFIX = "token_id:"
_SHOWN = 200


class BadAnswer(ValueError):
    """An answer is not what the protocol says; `str` tells what it is instead."""


class Draft:
    """A reply in the making, from a whole answer or from the chunks of a stream.

    Takes what servers differ in as it comes: thinking under two names, token ids as vLLM gives
    them (`return_token_ids`), or with the log-probabilities.
    """

    def __init__(self) -> None:
        self.text = ""
        self.thinking = ""
        self.model = ""
        self.refusal = ""
        self.usage: tuple[int, int] | None = None
        """Tokens read and written, if the server said so."""
        self.prompt_ids: tuple[int, ...] | None = None
        self._finish: str | None = None
        self._ids: list[int] = []
        self._ids_beside_logprobs: list[int] = []
        self._logprobs: list[float] = []

    def add(self, answer: object) -> str:
        """Take in an answer or a chunk, and return the text it adds.

        Raises:
            BadAnswer: if it is of another shape.
        """
        if not isinstance(answer, Mapping) or not isinstance(answer.get("choices"), list):
            raise BadAnswer(_what(answer))
        self.model = _text(answer.get("model")) or self.model
        self._add_usage(answer.get("usage"))
        self._add_prompt_ids(answer.get("prompt_token_ids"))
        if not answer["choices"]:
            return ""
        choice = answer["choices"][0]
        if not isinstance(choice, Mapping):
            raise BadAnswer(_what(answer))
        piece = self._add_message(choice, answer)
        self._finish = _text(choice.get("finish_reason")) or self._finish
        self._add_prompt_ids(choice.get("prompt_token_ids"))
        self._ids += _numbers(choice.get("token_ids"))
        self._add_logprobs(choice.get("logprobs"))
        return piece

    def check_complete(self) -> None:
        """Make sure that the reply has come to its end.

        Raises:
            BadAnswer: if it was broken off.
        """
        if self._finish is None:
            raise BadAnswer(f"a reply that broke off after {len(self.text)} characters")
        if self._finish in _BROKEN_OFF:
            raise BadAnswer(f"a reply that the server gave up ({self._finish})")

    def completion(self, usage: Usage, seconds: float) -> Completion:
        """Return the reply.

        Args:
            usage: what it cost.
            seconds: how long it took.
        """
        ids = self.sampled_ids
        whole = ids is not None and len(self._logprobs) == len(ids)
        finish = _FINISHES.get((self._finish or "").lower(), Finish.STOP)
        return Completion(
            text=self.text or self.refusal,
            thinking=self.thinking,
            finish=Finish.REFUSAL if self.refusal else finish,
            model=self.model,
            usage=usage,
            seconds=seconds,
            prompt_ids=self.prompt_ids,
            sampled_ids=ids,
            logprobs=tuple(self._logprobs) if whole else None,
        )

    @property
    def sampled_ids(self) -> tuple[int, ...] | None:
        """The reply's token ids, if the server gave all of them."""
        if self._ids:
            return tuple(self._ids)
        beside = self._ids_beside_logprobs
        return tuple(beside) if beside and len(beside) == len(self._logprobs) else None

    def _add_message(self, choice: Mapping[str, Any], answer: object) -> str:
        message = choice.get("delta") or choice.get("message") or choice
        if not isinstance(message, Mapping):
            raise BadAnswer(_what(answer))
        piece = _content(message["content"] if "content" in message else message.get("text"))
        self.text += piece
        self.thinking += next(filter(None, (_text(message.get(name)) for name in _THINKING)), "")
        self.refusal += _text(message.get("refusal"))
        return piece

    def _add_usage(self, usage: object) -> None:
        if isinstance(usage, Mapping):
            read, written = usage.get("prompt_tokens"), usage.get("completion_tokens")
            if isinstance(read, int) and isinstance(written, int):
                self.usage = (max(read, 0), max(written, 0))

    def _add_prompt_ids(self, ids: object) -> None:
        if self.prompt_ids is None and (numbers := _numbers(ids)):
            self.prompt_ids = tuple(numbers)

    def _add_logprobs(self, logprobs: object) -> None:
        if not isinstance(logprobs, Mapping):
            return
        if isinstance(logprobs.get("content"), list):  # the chat method
            entries = [each for each in logprobs["content"] if isinstance(each, Mapping)]
        else:  # the completions method
            values = logprobs.get("token_logprobs") or []
            names = logprobs.get("tokens") or [None] * len(values)
            entries = [
                {"logprob": value, "token": name}
                for value, name in zip(values, names, strict=False)
            ]
        for entry in entries:
            if isinstance(entry.get("logprob"), int | float):
                self._logprobs.append(float(entry["logprob"]))
                self._ids_beside_logprobs += _id_of(entry)


def _id_of(entry: Mapping[str, Any]) -> list[int]:
    """Return the token id of an entry: llama.cpp's `id`, or vLLM's `token_id:` in its name."""
    if isinstance(entry.get("id"), int):
        return [entry["id"]]
    name = _text(entry.get("token"))
    digits = name.removeprefix(_ID_PREFIX)
    return [int(digits)] if name.startswith(_ID_PREFIX) and digits.isdecimal() else []


def _content(content: object) -> str:
    """Return a message's text, which some servers give in parts."""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, Mapping)]
        return "".join(map(_text, parts))
    return _text(content)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _numbers(value: object) -> list[int]:
    return [each for each in value if isinstance(each, int)] if isinstance(value, list) else []


def _what(answer: object) -> str:
    """Say what came instead of an answer."""
    if isinstance(answer, bytes):
        answer = answer.decode(errors="replace")
    if isinstance(answer, str):
        kind = "an HTML page" if answer.lstrip()[:1] == "<" else "text"
        return f"{kind} instead of JSON: {message_of(answer)[:_SHOWN]!r}"
    return f"JSON without `choices`: {json.dumps(answer, default=str)[:_SHOWN]}"
