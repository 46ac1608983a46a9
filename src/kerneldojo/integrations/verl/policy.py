"""verl's model servers as a policy: token ids go there and come back, and are never made anew."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerneldojo.errors import ContextOverflow, PolicyUnavailable
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, ignore
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.records import Completion, Finish, Message, Usage
from kerneldojo.settings import Sampling


@dataclass
class ServedModel:
    """Answers one trajectory's turns through verl's client of its model servers.

    Args:
        client: verl's `LLMServerClient`.
        tokens: the model's chat template and tokenizer.
        name: the model's name.
        context_length: most tokens read and written together.
        drawing: verl's own words for how tokens are drawn; `max_tokens` is added.
        request: id that keeps a trajectory on one server, whose cache knows its beginning.
        options: handed on to the client, e.g. vLLM's `priority`.
    """

    client: Any
    tokens: ChatTokens
    name: str
    context_length: int | None
    drawing: Mapping[str, Any]
    request: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """Time spent waiting for replies."""
    preempted: int = 0
    """How often the server put a reply aside for others."""
    versions: list[int] = field(default_factory=list)
    """Steps of the weights that drew the replies."""

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy`. Of `sampling`, `max_tokens` counts here.

        Raises:
            ContextOverflow: if the prompt leaves no room for a whole reply.
            PolicyUnavailable: if there was no usable answer.
        """
        prompt = self.tokens.prompt_ids(messages)
        if self.context_length is not None and len(prompt) + sampling.max_tokens > (
            self.context_length
        ):
            raise ContextOverflow(
                f"the prompt has {len(prompt):,} tokens, and {sampling.max_tokens:,} more may be "
                f"written, but {self.name} is served with a context of {self.context_length:,}"
            )
        started = time.monotonic()
        output = await self._asked(prompt, sampling.max_tokens)
        spent = time.monotonic() - started
        self.seconds += spent
        self._note(output)
        ids, logprobs = self._checked(output)
        text = self.tokens.text(ids)
        on_text(text)
        cut = len(ids) >= sampling.max_tokens and ids[-1] not in self.tokens.ends
        return Completion(
            text=text,
            finish=Finish.LENGTH if cut else Finish.STOP,
            model=self.name,
            usage=Usage(prompt_tokens=len(prompt), completion_tokens=len(ids)),
            seconds=spent,
            prompt_ids=prompt,
            sampled_ids=ids,
            logprobs=logprobs,
        )

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has."""
        return self.tokens.count(text)

    async def close(self) -> None:
        """Do nothing: the servers are verl's."""

    async def _asked(self, prompt: tuple[int, ...], budget: int) -> Any:
        try:
            return await self.client.generate(
                request_id=self.request,
                prompt_ids=list(prompt),
                sampling_params={**self.drawing, "max_tokens": budget},
                **self.options,
            )
        except Exception as error:  # whatever a server may raise says nothing about the model
            raise PolicyUnavailable(
                f"verl's server of {self.name} gave no answer: {type(error).__name__}: {error}"
            ) from error

    def _note(self, output: Any) -> None:
        self.preempted += output.num_preempted or 0
        for key in ("min_global_steps", "max_global_steps"):
            version = output.extra_fields.get(key)
            if version is not None:
                self.versions.append(int(version))

    def _checked(self, output: Any) -> tuple[tuple[int, ...], tuple[float, ...] | None]:
        """Return ids and log-probabilities of a reply that can be learnt from."""
        ids = tuple(int(number) for number in output.token_ids)
        if not ids or output.stop_reason == "aborted":
            raise PolicyUnavailable(
                f"verl's server of {self.name} broke a reply off after {len(ids)} tokens"
            )
        if not self.drawing.get("logprobs"):
            return ids, None
        logprobs = tuple(float(value) for value in output.log_probs or ())
        if len(logprobs) != len(ids) or not all(map(math.isfinite, logprobs)):
            raise PolicyUnavailable(
                f"verl's server of {self.name} returned {len(logprobs)} log-probabilities for "
                f"{len(ids)} tokens, or some that are no numbers"
            )
        return ids, logprobs
