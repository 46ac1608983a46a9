"""What a request looks like to one server: not all of them know all fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerneldojo.settings import Sampling

Body = dict[str, Any]

_DISPENSABLE = ("return_token_ids", "stop_token_ids", "stream_options")
"""Fields that servers may not know, and that we can do without."""
_NEUTRAL = {"temperature": 1.0, "top_p": 1.0}
"""Fields that some models do not have, and that say nothing at these values."""
_UNUSUAL = {"min_p": 0.0}
"""Fields that few servers know, which are sent only if they say something."""


class Dialect:
    """Writes requests, and learns from refusals which fields to leave out or to rename.

    Args:
        stream: whether replies shall come in pieces.
        extra: fields that go into every request, over all others.
    """

    def __init__(self, stream: bool, extra: Mapping[str, Any]) -> None:
        self._stream = stream
        self._extra = dict(extra)
        self._without: set[str] = set()
        self._renamed: dict[str, str] = {}

    def request(self, body: Body, sampling: Sampling) -> Body:
        """Return the fields of a request.

        Args:
            body: what is asked.
            sampling: how tokens are drawn.
        """
        drawn = {
            name: value
            for name, value in sampling.model_dump().items()
            if value is not None and value != _UNUSUAL.get(name)
        }
        sent: Body = {**body, **drawn, "stream": self._stream}
        if self._stream:
            sent["stream_options"] = {"include_usage": True}
        sent |= self._extra
        return {
            self._renamed.get(name, name): value
            for name, value in sent.items()
            if not (name in self._without and self._can_do_without(name, value))
        }

    def learn(self, sent: Body, said: str) -> bool:
        """Take note of a refusal.

        Args:
            sent: the request.
            said: what the server said to it.

        Returns:
            Whether the next request will be another one.
        """
        if "max_tokens" in sent and "max_completion_tokens" in said:
            self._renamed["max_tokens"] = "max_completion_tokens"  # OpenAI's reasoning models
            return True
        unknown = {
            name
            for name, value in sent.items()
            if name in said and self._can_do_without(name, value)
        }
        self._without |= unknown
        return bool(unknown)

    def _can_do_without(self, name: str, value: object) -> bool:
        return name in _DISPENSABLE or (name in _NEUTRAL and value == _NEUTRAL[name])
