"""How a model is reached and asked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from kerneldojo.records.base import Record

Price = Annotated[float, Field(ge=0)]


class Sampling(Record):
    """How tokens are drawn."""

    temperature: float = Field(default=1.0, ge=0)
    """0 always takes the likeliest token."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Draw from the likeliest tokens that together have this probability."""
    min_p: float = Field(default=0.0, ge=0, lt=1)
    """Draw from the tokens at least this times as likely as the likeliest one."""
    max_tokens: int = Field(default=8192, ge=1)
    """Longest reply, in tokens, thinking included."""
    seed: int | None = Field(default=None, ge=0)
    """Seed passed on to policies that take one; each turn gets one of its own from it."""


class EndpointSettings(Record):
    """An OpenAI-compatible endpoint."""

    base_url: str = "https://api.openai.com/v1"
    """Address of the API; without the name of a method."""
    model: str | None = None
    """The model's name there."""
    api_key_env: str = "OPENAI_API_KEY"
    """Environment variable that holds the key; the key itself is never written down."""
    mode: Literal["chat", "tokens"] = "chat"
    """`chat` sends messages; `tokens` sends token ids to the completions method."""
    tokenizer: str | None = None
    """Folder or name of the tokenizer; needed for `tokens`, and for exact counts."""
    stream: bool = True
    """Receive the reply as it is written."""
    logprobs: bool = False
    """Ask for log-probabilities and token ids, where the endpoint offers them."""
    concurrency: int = Field(default=16, ge=1)
    """Most requests under way at once."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """Most requests begun in a minute."""
    retries: int = Field(default=5, ge=0)
    """Further tries after a failure that may pass, with growing pauses."""
    timeout_s: float = Field(default=600.0, gt=0)
    """Longest wait for the whole reply, in seconds, counted from its request."""
    context_length: int | None = Field(default=None, ge=1)
    """Most tokens the model reads and writes together; unset: found out by being refused."""
    input_price: Price = 0.0
    """Price of a million tokens read, in money of your choice."""
    output_price: Price = 0.0
    """Price of a million tokens written."""
    extra: dict[str, JsonValue] = {}
    """Further fields of every request, as the endpoint's own manual names them."""
