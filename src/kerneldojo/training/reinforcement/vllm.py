"""Replies drawn by vLLM, through TRL's engine for it. Not yet run on a GPU."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kerneldojo.errors import UsageError
from kerneldojo.policies.generation import Drawn, Request
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.training.reinforcement.sampler import Sampler

if TYPE_CHECKING:
    from kerneldojo.training.reinforcement.learner import Learner


def need_vllm() -> None:
    """Make sure that vLLM is there.

    Raises:
        UsageError: if it is not.
    """
    if importlib.util.find_spec("vllm") is None:
        raise UsageError(
            "rl.engine = 'vllm', but vLLM cannot be imported. Install it on a machine with a GPU: "
            "pip install 'trl[vllm]'; or set rl.engine=transformers."
        )


class VllmSampler(Sampler):
    """Draws with vLLM, which gets the trained weights before each step's dialogues.

    While it decodes it has the device to itself: no kernel is timed beside it. Replies do not
    follow from our seeds but from vLLM's own.

    Args:
        learner: whose engine draws, with the temperature and length it was made with.
        tokens: of the model's tokenizer.
        batch_size: most replies drawn at once.
        overlap: see `Sampler`.
    """

    def __init__(
        self, learner: Learner, tokens: ChatTokens, *, batch_size: int, overlap: bool
    ) -> None:
        super().__init__(learner.drawing, tokens, batch_size=batch_size, overlap=overlap)
        self._engine = learner.vllm_generation

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Draw with the model's present weights meanwhile."""
        with super().drawing():
            self._engine.sync_weights()
            yield

    def draw(self, requests: Sequence[Request]) -> list[Drawn]:
        """Return a reply to each request, alone on the device."""
        with self._lease.alone():
            began = time.monotonic()
            _, ids, logprobs, _ = self._engine.generate(
                prompts=[list(request.prompt) for request in requests],
                images=None,
                num_generations=1,
            )
            self.drawing_s += time.monotonic() - began
        return [
            Drawn(tuple(sampled), tuple(first for first, *_ in told))
            for sampled, told in zip(ids, logprobs, strict=True)
        ]
