"""Replies of several conversations drawn at once from a causal model, id by id.

`transformers` runs the model and keeps its cache; drawing is our own. So each conversation has its
own temperature, its own random numbers and its own length, whoever else is in the batch, and its
log-probabilities are those of the distribution that was drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from kerneldojo.errors import PolicyUnavailable
from kerneldojo.settings import Sampling

TELL_EVERY = 16
"""Number of ids after which a reply in the making is told about."""


@dataclass
class Request:
    """One conversation to be answered."""

    prompt: tuple[int, ...]
    sampling: Sampling
    budget: int
    """Most ids to draw."""
    seed: int
    tell: Callable[[tuple[int, ...]], None] | None = None
    """Is called with all ids drawn so far, now and then, in the thread that generates."""
    cancelled: bool = False
    """May be set from another thread; ends the reply at its next id."""


@dataclass(frozen=True)
class Drawn:
    """A reply: its ids, the end included, and their log-probabilities."""

    ids: tuple[int, ...]
    logprobs: tuple[float, ...]


def generate(
    model: Any,
    requests: Sequence[Request],
    ends: frozenset[int],
    context_length: int | None = None,
    between: Callable[[], object] | None = None,
) -> list[Drawn]:
    """Return a reply to each request.

    Args:
        model: a causal model of `transformers`; its own generation settings are left aside.
        requests: at least one.
        ends: ids that end a reply.
        context_length: most ids the model reads and writes together, if there is a limit.
        between: called after each id, e.g. to let others have the device for a while.

    Raises:
        PolicyUnavailable: if the model's output is not a number.
        RuntimeError: whatever PyTorch says, e.g. when memory runs out.
    """
    drawing = _Drawing(requests, ends, model.device, between)
    ids, mask = _padded([request.prompt for request in requests], model.device)
    with _as_for_inference(model, context_length), torch.inference_mode():
        model.generate(
            input_ids=ids,
            attention_mask=mask,
            max_new_tokens=max(request.budget for request in requests),
            do_sample=False,
            logits_processor=LogitsProcessorList([drawing]),
            stopping_criteria=StoppingCriteriaList([_Stop(drawing)]),
        )
    return [
        Drawn(tuple(ids), tuple(logprobs))
        for ids, logprobs in zip(drawing.ids, drawing.logprobs, strict=True)
    ]


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a GPU or on the CPU."""
    return (
        isinstance(error, (torch.OutOfMemoryError, MemoryError))
        or "DefaultCPUAllocator" in str(error)
    )  # fmt: skip


def distribution(
    logits: torch.Tensor,
    temperature: torch.Tensor,
    top_p: torch.Tensor,
    min_p: torch.Tensor,
) -> torch.Tensor:
    """Return the log-probabilities that tokens are drawn with, -inf for those left out.

    Args:
        logits: of shape (batch, vocabulary).
        temperature: of shape (batch,), positive.
        top_p: of shape (batch,); the likeliest tokens are kept that together reach it.
        min_p: of shape (batch,); tokens are kept that are at least this times as likely as the
            likeliest one.
    """
    logprobs = torch.log_softmax(logits.float() / temperature[:, None], dim=-1)
    if bool((min_p > 0).any()):
        least = logprobs.amax(dim=-1, keepdim=True) + min_p.log()[:, None]
        logprobs = torch.log_softmax(logprobs.masked_fill(logprobs < least, -torch.inf), dim=-1)
    if bool((top_p >= 1).all()):
        return logprobs
    ordered, places = logprobs.sort(dim=-1, descending=True)
    likelier = ordered.exp().cumsum(dim=-1) - ordered.exp()
    left_out = (likelier >= top_p[:, None]) & (top_p < 1)[:, None]
    kept = ordered.masked_fill(left_out, -torch.inf)
    return torch.log_softmax(torch.empty_like(kept).scatter_(1, places, kept), dim=-1)


class _Drawing(LogitsProcessor):  # type: ignore[misc]
    """Draws the next id of every row, and leaves the model no other choice."""

    def __init__(
        self,
        requests: Sequence[Request],
        ends: frozenset[int],
        device: Any,
        between: Callable[[], object] | None = None,
    ) -> None:
        self.ids: list[list[int]] = [[] for _ in requests]
        self.logprobs: list[list[float]] = [[] for _ in requests]
        self.done = [False for _ in requests]
        self._requests = requests
        self._ends = ends
        self._between = between
        temperatures = [request.sampling.temperature for request in requests]
        self._greedy = [temperature == 0 for temperature in temperatures]
        self._temperature = torch.tensor([t or 1.0 for t in temperatures], device=device)
        self._top_p = torch.tensor([request.sampling.top_p for request in requests], device=device)
        self._min_p = torch.tensor([request.sampling.min_p for request in requests], device=device)
        self._random = [torch.Generator(device).manual_seed(r.seed) for r in requests]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return scores of which only the ids drawn are possible."""
        if bool(scores.isnan().any()):
            raise PolicyUnavailable("the model's logits are not numbers")
        logprobs = distribution(scores, self._temperature, self._top_p, self._min_p)
        chosen = scores.argmax(dim=-1)
        for row, request in enumerate(self._requests):
            self.done[row] = self.done[row] or request.cancelled
            if not self.done[row] and not self._greedy[row]:
                drawn = torch.multinomial(logprobs[row].exp(), 1, generator=self._random[row])
                chosen[row] = drawn[0]
        of_chosen = logprobs.gather(1, chosen[:, None])[:, 0]
        self._note(chosen.tolist(), of_chosen.tolist())
        if self._between is not None:
            self._between()
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen[:, None], 0.0)

    def _note(self, chosen: list[int], logprobs: list[float]) -> None:
        for row, request in enumerate(self._requests):
            if self.done[row]:
                continue
            ids = self.ids[row]
            ids.append(chosen[row])
            self.logprobs[row].append(0.0 if self._greedy[row] else logprobs[row])
            self.done[row] = chosen[row] in self._ends or len(ids) == request.budget
            if request.tell is not None and len(ids) % TELL_EVERY == 0:
                request.tell(tuple(ids))


class _Stop(StoppingCriteria):  # type: ignore[misc]
    """Stops once every row is done."""

    def __init__(self, drawing: _Drawing) -> None:
        self._drawing = drawing

    def __call__(self, input_ids: torch.Tensor, scores: Any, **rest: Any) -> torch.Tensor:
        return torch.tensor(self._drawing.done, device=input_ids.device)


def _padded(prompts: Sequence[tuple[int, ...]], device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the prompts padded on the left, and a mask of what is not padding."""
    longest = max(map(len, prompts))
    ids = [[0] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


@contextmanager
def _as_for_inference(model: Any, context_length: int | None) -> Iterator[None]:
    """Leave out dropout and the model's own ideas of sampling for a while."""
    training, settings = model.training, model.generation_config
    hook = model.register_forward_pre_hook(_within(context_length), with_kwargs=True)
    model.eval()
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = settings
        model.train(training)
        hook.remove()


def _within(context_length: int | None) -> Callable[..., tuple[Any, Any] | None]:
    """Return a hook that keeps positions within the context.

    Rows that are done are carried along until the last one is, and some models have nothing
    behind their last position.
    """

    def hook(module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, Any] | None:
        positions = kwargs.get("position_ids")
        if context_length is None or positions is None:
            return None
        return args, {**kwargs, "position_ids": positions.clamp(max=context_length - 1)}

    return hook
