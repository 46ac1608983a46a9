"""What a policy is sent and what it answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from kerneldojo.records.base import Record


class Message(Record):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str
    tokens: tuple[int, ...] | None = None
    """Of an assistant's message: the sampled token ids, if they are known."""


class Finish(StrEnum):
    """Why a reply ended."""

    STOP = "stop"
    """The model was done."""
    LENGTH = "length"
    """The most tokens allowed were reached."""
    REFUSAL = "refusal"
    """The model, or the endpoint's filter, declined."""


class Usage(Record):
    """What one reply cost."""

    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    estimated: bool = False
    """Whether the policy could not say, and the tokens were counted roughly."""
    money: float = Field(default=0.0, ge=0)
    """At the prices given in the settings."""

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            estimated=self.estimated or other.estimated,
            money=self.money + other.money,
        )


class Completion(Record):
    """One reply of a policy.

    Token ids are those the policy was sent and returned; nobody tokenises anything again.
    """

    text: str
    """What the model said, without what the endpoint returned separately as thinking."""
    thinking: str = ""
    """Thinking that the endpoint returned separately."""
    finish: Finish = Finish.STOP
    model: str = ""
    """The name of the model that answered, in its own words."""
    usage: Usage = Usage()
    seconds: float = Field(default=0.0, ge=0)
    """From the request to the end of the reply."""
    prompt_ids: tuple[int, ...] | None = None
    """The whole prompt."""
    sampled_ids: tuple[int, ...] | None = None
    """The reply; the token that ended it, if any, included."""
    logprobs: tuple[float, ...] | None = None
    """Log-probability of each sampled token under the distribution it was drawn from."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.logprobs is not None and (
            self.sampled_ids is None or len(self.logprobs) != len(self.sampled_ids)
        ):
            raise ValueError("there must be one log-probability for each sampled token")
        return self
