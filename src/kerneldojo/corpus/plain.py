"""Messages as other programs have them."""

from __future__ import annotations

from collections.abc import Iterable

from kerneldojo.records import Message
from kerneldojo.store.tables import Kind

MESSAGES: Kind = [{"role": str, "content": str}]
"""The kind of a column of messages."""


def plain_messages(messages: Iterable[Message]) -> list[dict[str, str]]:
    """Return role and content of each message."""
    return [{"role": message.role, "content": message.content} for message in messages]
