"""What draws the replies that are learnt from: the model in training, as a policy."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch

from kerneldojo.dialogue import Watcher
from kerneldojo.evaluation.lease import Lease
from kerneldojo.policies.generation import Drawn, Request, generate
from kerneldojo.policies.local import LocalModel
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.records import Ending, TrajectoryRecord

_ROUNDED = {
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "float8": torch.float8_e4m3fn,
}


class Sampler(LocalModel):
    """Draws replies between optimizer steps, never beside a measurement on the same device.

    Args:
        source: opens a context in which the model in training can draw, and returns the model.
        tokens: of its tokenizer.
        batch_size: most replies drawn at once.
        overlap: whether replies are drawn as soon as they are asked for. If not, a round begins
            when all dialogues wait for one, and answers them all in an order of their own, so
            that batches do not depend on how long verdicts take.
        precision: what the weights that draw are rounded to; `same` for those in training.
    """

    def __init__(
        self,
        source: Callable[[], AbstractContextManager[Any]],
        tokens: ChatTokens,
        *,
        batch_size: int,
        overlap: bool = True,
        precision: str = "same",
    ) -> None:
        with source() as model:
            super().__init__(model, tokens, batch_size=batch_size)
            self._lease = Lease(_device(model))
        self.overlap = overlap
        self.precision = precision
        self.drawing_s = 0.0
        """Time spent drawing so far, in seconds."""
        self._talking = 0
        self._round = set[int]()
        self._changed = asyncio.Event()
        self._source = source

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw with the model's present weights meanwhile."""
        self._talking, self._round, self._changed = 0, set(), asyncio.Event()
        with self._source() as model:
            self.model = model if self.precision == "same" else rounded(model, self.precision)
            try:
                yield
            finally:
                self.model = model  # a copy's memory is needed for training

    def draw(self, requests: Sequence[Request]) -> list[Drawn]:
        """Return a reply to each request, letting whoever measures go first after each token."""
        with self._lease.shared():
            began = time.monotonic()
            try:
                return generate(
                    self.model, requests, self.ends, self.context_length, self._lease.pause
                )
            finally:
                self.drawing_s += time.monotonic() - began

    async def ready(self) -> int:
        """Wait, unless a round is under way, until all dialogues wait for a reply."""
        if self.overlap:
            return self.batch_size
        if not self._left():
            while self.waiting < self._talking:
                self._changed.clear()
                await self._changed.wait()
            self.sort()
            self._round = {id(waiting) for waiting in self._waiting}
        return self._left()

    def _left(self) -> int:
        """Return how many of the round still wait; they come before who asked since."""
        return sum(
            id(waiting) in self._round and not waiting.reply.done() for waiting in self._waiting
        )

    def asked(self) -> None:
        """Take note that a dialogue waits for a reply, or will in a moment."""
        asyncio.get_running_loop().call_soon(self._changed.set)

    def begun(self) -> None:
        """Take note that a dialogue has begun."""
        self._talking += 1

    def ended(self) -> None:
        """Take note that a dialogue has ended."""
        self._talking -= 1
        self._changed.set()

    def close_lease(self) -> None:
        """Give up the claim on the device."""
        self._lease.close()


class Usher(Watcher):
    """Tells a sampler of dialogues that begin, ask and end."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def begun(self, trajectory: TrajectoryRecord) -> None:
        """A dialogue begins."""
        self._sampler.begun()

    def asked(self, trajectory: TrajectoryRecord, place: str) -> None:
        """A dialogue asks for a turn."""
        self._sampler.asked()

    def ended(self, trajectory: TrajectoryRecord, ending: Ending) -> None:
        """A dialogue has ended."""
        self._sampler.ended()

    def failed(self, trajectory: TrajectoryRecord, error: Exception) -> None:
        """A dialogue was given up."""
        self._sampler.ended()


def rounded(model: Any, precision: str) -> Any:
    """Return a copy of a model with its weights rounded, for drawing only.

    Calculations are in that precision as well, but for `float8`, in which no layer calculates:
    there weights are stored, each matrix with a scale of its own, and brought back.

    Args:
        model: stays as it is.
        precision: `bfloat16`, `float16` or `float8`.
    """
    dtype = _ROUNDED[precision]
    copied = copy.deepcopy(model).eval().requires_grad_(False)
    # TRL puts a forward of its own into the instance, which would go on calling the original
    vars(copied).pop("forward", None)
    if dtype != torch.float8_e4m3fn:
        return copied.to(dtype)
    largest = torch.finfo(dtype).max
    for weight in copied.parameters():
        if weight.dim() >= 2:
            scale = weight.abs().amax().clamp(min=torch.finfo(torch.float32).tiny) / largest
            weight.copy_((weight / scale).to(dtype).to(weight.dtype) * scale)
    return copied


def _device(model: Any) -> str:
    device = model.device
    return "cpu" if device.type == "cpu" else f"{device.type}:{device.index or 0}"
