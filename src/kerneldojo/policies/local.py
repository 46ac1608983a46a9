"""A causal model of Hugging Face's on this machine, as a policy."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kerneldojo.errors import ContextOverflow, PolicyRefused, PolicyUnavailable, UsageError
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.policies.tokens import ChatTokens, Tokenizer, load_tokenizer
from kerneldojo.records import Completion, Finish, Message, Usage
from kerneldojo.settings import Sampling

if TYPE_CHECKING:
    from kerneldojo.policies.generation import Drawn, Request

LOG = logging.getLogger(__name__)


@dataclass
class _Waiting:
    """A request and whoever waits for its reply."""

    request: Request
    reply: asyncio.Future[Drawn]


class LocalModel:
    """Answers on this machine's CPU or GPU, several conversations at a time.

    What is asked while a batch is under way makes up the next one. A reply comes with its exact
    token ids and log-probabilities; those of temperature 0, which leaves nothing to chance, are 0.
    Equal seeds give equal replies, whoever else is in the batch, as far as the model's arithmetic
    does not depend on it.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: str | Path | Tokenizer | ChatTokens | None = None,
        *,
        device: str = "auto",
        batch_size: int = 16,
    ) -> None:
        """Load the model, or take one that is loaded.

        Args:
            model: folder or name, or a model of `transformers`, which stays where it is.
            tokenizer: folder or name, or a tokenizer; by default the model's own.
            device: `auto` is the GPU if there is one, else the CPU; or a name of PyTorch's.
            batch_size: most conversations at once. Halved whenever memory runs out.

        Raises:
            UsageError: if PyTorch or `transformers` is missing, or the tokenizer has no chat
                template.
            PolicyRefused: if there is no such model or device.
        """
        _require_libraries()
        if isinstance(model, (str, Path)):
            self.name = Path(model).name
            tokenizer = model if tokenizer is None else tokenizer
            model = _load_model(str(model), device)
        else:
            self.name = Path(model.config.name_or_path or type(model).__name__).name
        if tokenizer is None:
            raise UsageError(
                "a model that is loaded needs a tokenizer: LocalModel(model, tokenizer)"
            )
        self.model = model
        self.tokens = _chat_tokens(tokenizer)
        self.batch_size = batch_size
        text_config = model.config.get_text_config()
        self.context_length: int | None = getattr(text_config, "max_position_embeddings", None)
        self.ends = self.tokens.ends | _ends_of(model)
        """Ids that end a reply."""
        self._waiting: list[_Waiting] = []
        self._serving: asyncio.Task[None] | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy`.

        A reply is shorter than `sampling.max_tokens` where the context ends before.

        Raises:
            ContextOverflow: if the prompt leaves no room for a reply.
            PolicyUnavailable: if the model fails.
            UsageError: if the chat template refuses the conversation.
        """
        started = time.monotonic()
        prompt = self.tokens.prompt_ids(messages)
        request = self._request(prompt, sampling)
        told = _Told(self.tokens, on_text)
        if on_text is not ignore:
            loop = asyncio.get_running_loop()
            request.tell = lambda ids: _call_soon(loop, told.so_far, ids)
        drawn = await self._drawn(request)
        text = self.tokens.text(drawn.ids)
        told.all_of(text)
        ended = bool(drawn.ids) and drawn.ids[-1] in self.ends
        return Completion(
            text=text,
            finish=Finish.STOP if ended else Finish.LENGTH,
            model=self.name,
            usage=Usage(prompt_tokens=len(prompt), completion_tokens=len(drawn.ids)),
            seconds=time.monotonic() - started,
            prompt_ids=prompt,
            sampled_ids=drawn.ids,
            logprobs=drawn.logprobs,
        )

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has."""
        return self.tokens.count(text)

    async def close(self) -> None:
        """End what is under way; the model stays loaded for whoever asks next."""
        serving, self._serving = self._serving, None
        if serving is not None and not serving.done():
            serving.cancel()
            await asyncio.wait([serving])
        self._give_up()
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.to_thread(thread.shutdown)

    def draw(self, requests: Sequence[Request]) -> list[Drawn]:
        """Return a reply to each request; called in a thread of its own, a batch at a time."""
        from kerneldojo.policies.generation import generate

        return generate(self.model, requests, self.ends, self.context_length)

    async def ready(self) -> int:
        """Wait until the next batch is to be begun, and return how many it may hold: at once, here.

        It holds those who have waited longest, or come first after `sort`.
        """
        return self.batch_size

    @property
    def waiting(self) -> int:
        """How many wait for a reply that is not yet being drawn."""
        return sum(not waiting.reply.done() for waiting in self._waiting)

    def sort(self) -> None:
        """Bring those who wait into an order that does not depend on when they asked."""
        self._waiting.sort(key=lambda waiting: (waiting.request.seed, waiting.request.prompt))

    def _request(self, prompt: tuple[int, ...], sampling: Sampling) -> Request:
        from kerneldojo.policies.generation import Request

        budget = sampling.max_tokens
        if self.context_length is not None:
            budget = min(budget, self.context_length - len(prompt))
        if budget < 1:
            raise ContextOverflow(
                f"the prompt has {len(prompt):,} tokens and the context of {self.name} "
                f"{self.context_length:,}, which leaves no room for a reply"
            )
        seed = sampling.seed if sampling.seed is not None else random.getrandbits(63)
        return Request(prompt, sampling, budget, seed)

    async def _drawn(self, request: Request) -> Drawn:
        """Wait for a reply; whoever stops waiting stops the reply."""
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._serving is None or self._serving.done():
            # begins after all who are about to ask at the same time: they make up one batch
            self._serving = asyncio.create_task(self._serve())
        try:
            return await waiting.reply
        finally:
            request.cancelled = True

    async def _serve(self) -> None:
        """Answer batch after batch for as long as anybody waits."""
        try:
            while self._waiting:
                size = min(await self.ready(), self.batch_size)
                asked = [waiting for waiting in self._waiting if not waiting.reply.done()]
                batch, self._waiting = asked[:size], asked[size:]
                if batch:
                    await self._answer(batch)
        finally:
            self._give_up()

    def _give_up(self) -> None:
        """Tell all who wait that there will be no reply."""
        for waiting in self._waiting:
            waiting.reply.cancel()
        self._waiting = []

    async def _answer(self, batch: list[_Waiting]) -> None:
        from kerneldojo.policies.generation import out_of_memory

        requests = [waiting.request for waiting in batch]
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"generate {self.name}")
        loop = asyncio.get_running_loop()
        try:
            replies = await loop.run_in_executor(self._thread, self.draw, requests)
        except asyncio.CancelledError:
            for waiting in batch:
                waiting.request.cancelled = True
                waiting.reply.cancel()
            raise
        except Exception as error:
            if out_of_memory(error) and len(batch) > 1:
                self._waiting = batch + self._waiting
                self._halve(len(batch))
            else:
                _fail(batch, self._failure(error))
            return
        for waiting, reply in zip(batch, replies, strict=True):
            if not waiting.reply.done():
                waiting.reply.set_result(reply)

    def _halve(self, size: int) -> None:
        self.batch_size = size // 2
        LOG.warning(
            "%s: memory ran out with %d conversations at once; going on with %d",
            self.name,
            size,
            self.batch_size,
        )

    def _failure(self, error: Exception) -> PolicyUnavailable:
        from kerneldojo.policies.generation import out_of_memory

        if isinstance(error, PolicyUnavailable):
            return error
        if out_of_memory(error):
            return PolicyUnavailable(
                f"memory ran out with a single conversation of {self.name}; ask for shorter "
                f"replies (sampling.max_tokens) or use a smaller model: {error}"
            )
        return PolicyUnavailable(f"{self.name} failed: {type(error).__name__}: {error}")


class _Told:
    """What has been said of a reply in the making."""

    def __init__(self, tokens: ChatTokens, on_text: OnText) -> None:
        self._tokens = tokens
        self._on_text = on_text
        self._said = ""

    def so_far(self, ids: tuple[int, ...]) -> None:
        """Tell what the ids add, but for a last character that is not complete yet."""
        self.all_of(self._tokens.text(ids).rstrip("\N{REPLACEMENT CHARACTER}"))

    def all_of(self, text: str) -> None:
        """Tell what a text adds to what was said."""
        if len(text) > len(self._said) and text.startswith(self._said):
            self._on_text(text[len(self._said) :])
            self._said = text


def _chat_tokens(tokenizer: str | Path | Tokenizer | ChatTokens) -> ChatTokens:
    if isinstance(tokenizer, (str, Path)):
        tokenizer = load_tokenizer(tokenizer)
    return tokenizer if isinstance(tokenizer, ChatTokens) else ChatTokens(tokenizer)


def _load_model(model: str, device: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        loaded = AutoModelForCausalLM.from_pretrained(model, dtype="auto")
    except (OSError, ValueError) as error:
        raise PolicyRefused(f"no model can be read from {model!r}: {error}") from error
    try:
        return loaded.to(device)
    except (RuntimeError, AssertionError) as error:
        raise PolicyRefused(f"{model} does not go to the device {device!r}: {error}") from error


def _ends_of(model: Any) -> frozenset[int]:
    """Return the ids that end a reply by the model's own generation settings."""
    ends = model.generation_config.eos_token_id
    return frozenset([ends] if isinstance(ends, int) else ends or ())


def _require_libraries() -> None:
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"a model on this machine needs PyTorch and transformers ({error}): "
            "pip install 'kerneldojo[hf]'"
        ) from error


def _call_soon(loop: asyncio.AbstractEventLoop, function: Any, *arguments: Any) -> None:
    """Call a function in a loop that may be closing."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.reply.done():
            waiting.reply.set_exception(error)
