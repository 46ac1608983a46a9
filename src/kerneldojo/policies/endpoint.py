"""A model behind an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Self

from kerneldojo.errors import (
    ContextOverflow,
    PolicyRefused,
    PolicyUnavailable,
    UsageError,
    did_you_mean,
)
from kerneldojo.policies import failures, overflow
from kerneldojo.policies.address import checked, path_advice
from kerneldojo.policies.answers import BadAnswer, Draft
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, count_roughly, ignore
from kerneldojo.policies.dialect import Body, Dialect
from kerneldojo.policies.failures import Refused, TryAgain
from kerneldojo.policies.pacing import Pacer, pause_before_try
from kerneldojo.records import Completion, Finish, Message, Usage
from kerneldojo.settings import EndpointSettings, Sampling

if TYPE_CHECKING:
    from kerneldojo.policies.connection import Connection
    from kerneldojo.policies.tokens import ChatTokens

_CHAT = "/chat/completions"
_COMPLETIONS = "/completions"
_MODELS_SHOWN = 20
_NO_SUCH_METHOD = (404, 405)
_PERHAPS_MISSING = (400, 422, *_NO_SUCH_METHOD)
_PRICED_TOKENS = 1e6
_COUNTS_KEPT = 1024
"""Texts whose number of tokens is remembered."""


@dataclass
class _Session:
    """What belongs to one event loop."""

    loop: asyncio.AbstractEventLoop
    connection: Connection
    pacer: Pacer


class Endpoint:
    """Asks a model over HTTP. One object serves any number of conversations at once.

    Args:
        base_url: address of the API, e.g. `http://localhost:8000/v1`.
        model: the model's name there.
        options: further settings of `[policy]` by their names (docs/settings.md).

    Raises:
        UsageError: if a setting is impossible, or the package `aiohttp` is not installed.
    """

    def __init__(self, base_url: str, model: str, **options: Any) -> None:
        self.settings = checked(base_url=base_url, model=model, **options)
        self.name = model
        self.context_length = self.settings.context_length
        self._url = self.settings.base_url
        self._key = os.environ.get(self.settings.api_key_env, "").strip()
        self._dialect = Dialect(self.settings.stream, self.settings.extra)
        self._session: _Session | None = None

    @classmethod
    def from_settings(cls, settings: EndpointSettings) -> Self:
        """Return the endpoint that the table `[policy]` describes.

        Raises:
            UsageError: if it names no model, or something in it is impossible.
        """
        if settings.model is None:
            raise UsageError(
                f"no model is named that could be asked at {settings.base_url}. Name one: --set "
                "policy.model=NAME, and where it is: --set policy.base_url=URL (docs/policies.md)."
            )
        return cls(**settings.model_dump())

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy.complete`.

        A reply that is cut off is asked for anew, and `on_text` then hears it from its beginning.
        """
        if self.settings.mode == "tokens":
            return await self._complete_in_tokens(messages, sampling, on_text)
        plain = [{"role": message.role, "content": message.content} for message in messages]
        body: Body = {"model": self.name, "messages": plain}
        if self.settings.logprobs:
            body |= {"logprobs": True, "return_token_ids": True}
        return await self._ask(
            _CHAT,
            body,
            sampling,
            lambda: sum(self.count_tokens(message.content) for message in messages),
            on_text,
        )

    async def complete_ids(
        self,
        prompt_ids: Sequence[int],
        sampling: Sampling,
        *,
        ends: Collection[int] = (),
        on_text: OnText = ignore,
    ) -> Completion:
        """Continue a sequence of token ids.

        Args:
            prompt_ids: the whole prompt.
            sampling: how tokens are drawn.
            ends: ids that end the reply, besides those that the server knows.
            on_text: is told the text as it comes.

        Returns:
            The raw continuation, thinking and all, with `prompt_ids` as sent and, where the
            server gives them, `sampled_ids` and `logprobs`.

        Raises:
            PolicyError: as `complete` does.
            PolicyRefused: as `complete` does.
        """
        body: Body = {"model": self.name, "prompt": list(prompt_ids), "return_token_ids": True}
        if ends:
            body["stop_token_ids"] = sorted(ends)
        if self.settings.logprobs:
            body["logprobs"] = 1
        found = await self._ask(_COMPLETIONS, body, sampling, lambda: len(prompt_ids), on_text)
        return found.model_copy(update={"prompt_ids": tuple(prompt_ids)})

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has: exactly if a tokenizer is set, else roughly."""
        return self._count(text)

    async def close(self) -> None:
        """Close the connections; asked again, the endpoint opens new ones."""
        session, self._session = self._session, None
        if session is not None and session.loop is asyncio.get_running_loop():
            await session.connection.close()

    async def _complete_in_tokens(
        self, messages: Sequence[Message], sampling: Sampling, on_text: OnText
    ) -> Completion:
        assert self._tokens is not None  # `checked` has seen to it
        prompt_ids = self._tokens.prompt_ids(messages)
        found = await self.complete_ids(
            prompt_ids, sampling, ends=self._tokens.ends, on_text=on_text
        )
        if found.finish is Finish.REFUSAL:
            return found
        if found.sampled_ids is None:
            raise PolicyRefused(
                f"{self._url} does not tell the token ids of its replies, which policy.mode = "
                "'tokens' needs. vLLM does (`return_token_ids`); or use policy.mode = 'chat'."
            )
        return found.model_copy(update={"text": self._tokens.text(found.sampled_ids)})

    @cached_property
    def _tokens(self) -> ChatTokens | None:
        if self.settings.tokenizer is None:
            return None
        from kerneldojo.policies.tokens import ChatTokens, load_tokenizer

        options = self.settings.extra.get("chat_template_kwargs")
        tokenizer = load_tokenizer(self.settings.tokenizer)
        return ChatTokens(tokenizer, **(options if isinstance(options, dict) else {}))

    @cached_property
    def _count(self) -> Callable[[str], int]:
        """Counts tokens; a conversation grows, and its messages are counted again every turn."""
        return lru_cache(_COUNTS_KEPT)(self._tokens.count) if self._tokens else count_roughly

    async def _ask(
        self,
        method: str,
        body: Body,
        sampling: Sampling,
        prompt_tokens: Callable[[], int],
        on_text: OnText,
    ) -> Completion:
        """Ask until there is an answer, or there is none to be had."""
        session = self._in_this_loop()
        tries = 0
        while True:
            request = self._dialect.request(body, sampling)
            try:
                async with session.pacer.turn():
                    started = time.monotonic()
                    draft = await self._receive(session.connection, method, request, on_text)
                    seconds = time.monotonic() - started
                return draft.completion(self._usage(draft, prompt_tokens), seconds)
            except TryAgain as failure:
                tries += 1
                await self._wait(session.pacer, failure, tries)
            except Refused as refused:
                said = failures.message_of(refused.body, self._key)
                if failures.is_filtered(refused):
                    usage = Usage(prompt_tokens=prompt_tokens(), estimated=True)
                    return Completion(text=said, finish=Finish.REFUSAL, usage=usage)
                if not self._dialect.learn(request, said):
                    told = f"{refused.status}: {said}" if said else str(refused.status)
                    offered = None
                    if refused.status in _PERHAPS_MISSING:
                        offered = await session.connection.models()
                    raise PolicyRefused(self._explain(refused, told, offered)) from None

    async def _wait(self, pacer: Pacer, failure: TryAgain, tries: int) -> None:
        """Wait before the next try, or give up."""
        told = f"{self._url}: {failure}"
        if tries > self.settings.retries:
            times = "once" if tries == 1 else f"{tries} times"
            raise PolicyUnavailable(
                f"{told}. It was asked {times} (policy.retries = {self.settings.retries}). See "
                "that the server is up and policy.base_url is right, and ask again."
            ) from None
        if failure.wait_s is None:
            await asyncio.sleep(pause_before_try(tries))
        elif failure.wait_s <= self.settings.timeout_s:
            pacer.pause(failure.wait_s)
        else:
            raise PolicyUnavailable(
                f"{told}. It asks to wait for {failure.wait_s:.0f} s, which is longer than "
                f"policy.timeout_s = {self.settings.timeout_s:g}."
            ) from None

    async def _receive(
        self, connection: Connection, method: str, request: Body, on_text: OnText
    ) -> Draft:
        """Ask once.

        Raises:
            TryAgain: if it failed and may succeed another time.
            Refused: if the endpoint does not answer this request.
            ContextOverflow: if it is too long.
            PolicyUnavailable: if the reply was too slow.
        """
        draft = Draft()
        try:
            async with asyncio.timeout(self.settings.timeout_s):
                async with aclosing(connection.answers(method, request)) as answers:
                    async for answer in answers:
                        if piece := draft.add(answer):
                            on_text(piece)
                draft.check_complete()
        except TimeoutError:
            so_far = f"; {len(draft.text)} characters of it had come" if draft.text else ""
            raise PolicyUnavailable(
                f"{self._url}: the reply was not complete after {self.settings.timeout_s:g} s"
                f"{so_far}. Allow more time (policy.timeout_s), shorter replies "
                "(sampling.max_tokens), or fewer at once (policy.concurrency)."
            ) from None
        except BadAnswer as error:
            raise TryAgain(f"it answers with {error}{path_advice(self._url)}") from None
        except Refused as refused:
            said = failures.message_of(refused.body, self._key)
            if overflow.is_overflow(said, refused.body) or refused.status == 413:
                raise self._overflow(request, said, refused.body) from None
            if failures.may_pass(refused):
                told = f"it answers {refused.status}: {said}"
                raise TryAgain(told, refused.wait_s) from None
            raise
        return draft

    def _overflow(self, request: Body, said: str, body: object) -> Exception:
        """Say that a conversation is too long, or that no conversation could be short enough."""
        limit = overflow.limit(said, body)
        if self.context_length is None:
            self.context_length = limit
        most = request.get("max_tokens") or request.get("max_completion_tokens") or 0
        if limit is not None and most >= limit:
            return PolicyRefused(
                f"sampling.max_tokens = {most} leaves no room for a question: {self.name} reads "
                f"and writes {limit} tokens together. Set it lower: --set sampling.max_tokens="
                f"{limit // 2}."
            )
        return ContextOverflow(
            f"the conversation, with a reply of up to {most} tokens (sampling.max_tokens), does "
            f"not fit into the context of {self.name}. {self._url} said: {said}"
        )

    def _explain(self, refused: Refused, told: str, offered: list[str] | None) -> str:
        """Say what to do about a refusal.

        Args:
            refused: the refusal.
            told: status and message.
            offered: the endpoint's models, if it was asked and says.
        """
        if failures.is_spent(refused):
            return f"{self._url} wants to be paid first ({told})."
        if refused.status in (401, 403):
            return self._about_key(told)
        if offered is not None and self.name not in offered:
            return self._about_model(offered)
        if refused.status in _NO_SUCH_METHOD:
            return f"{self._url} has no such method ({told}){path_advice(self._url)}."
        return (
            f"{self._url} refuses the request ({told}). Its fields come from [sampling] and "
            "policy.extra; docs/policies.md says what servers understand."
        )

    def _about_key(self, told: str) -> str:
        variable = self.settings.api_key_env
        what = (
            f"does not accept the key in {variable}"
            if self._key
            else f"asks for a key, and {variable} is not set"
        )
        return (
            f"{self._url} {what} ({told}). Put a key of this endpoint into that environment "
            "variable, or name another one: --set policy.api_key_env=NAME."
        )

    def _about_model(self, offered: list[str]) -> str:
        shown = ", ".join(offered[:_MODELS_SHOWN]) or "none"
        if len(offered) > _MODELS_SHOWN:
            shown += f" and {len(offered) - _MODELS_SHOWN} more"
        return (
            f"{self._url} has no model {self.name!r}.{did_you_mean(self.name, offered)} "
            f"It offers: {shown}. Choose one: --set policy.model=NAME."
        )

    def _usage(self, draft: Draft, prompt_tokens: Callable[[], int]) -> Usage:
        """Return what a reply cost, estimated where the server does not say."""
        if draft.usage is not None:
            read, written = draft.usage
        else:
            read = len(draft.prompt_ids) if draft.prompt_ids else prompt_tokens()
            ids = draft.sampled_ids
            written = len(ids) if ids else self.count_tokens(draft.thinking + draft.text)
        money = read * self.settings.input_price + written * self.settings.output_price
        return Usage(
            prompt_tokens=read,
            completion_tokens=written,
            estimated=draft.usage is None,
            money=money / _PRICED_TOKENS,
        )

    def _in_this_loop(self) -> _Session:
        """Return the connections of the running event loop; those of an ended one are dead."""
        from kerneldojo.policies.connection import Connection

        loop = asyncio.get_running_loop()
        if self._session is None or self._session.loop is not loop:
            pacer = Pacer(self.settings.concurrency, self.settings.requests_per_minute)
            self._session = _Session(loop, Connection(self.settings, self._key), pacer)
        return self._session
