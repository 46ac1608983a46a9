"""A policy that says what it is told to: for tests and simulations."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Sequence

from kerneldojo.errors import PolicyRefused
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, count_roughly, ignore
from kerneldojo.records import Completion, Message, Usage
from kerneldojo.settings import Sampling

Line = str | Completion
Script = Callable[[Sequence[Message], Topic], Line | Awaitable[Line]]


class Scripted:
    """Answers from a script.

    Args:
        replies: the replies in the order of being asked for, or a function of the conversation
            and its topic, which may be asynchronous.
        name: for people and records.
        context_length: most tokens it pretends to read and write.
    """

    def __init__(
        self,
        replies: Sequence[Line] | Script,
        *,
        name: str = "scripted",
        context_length: int | None = None,
    ) -> None:
        self.name = name
        self.context_length = context_length
        self.asked: list[tuple[Topic, tuple[Message, ...]]] = []
        """Every question so far."""
        self._script = replies if callable(replies) else _in_order(replies, name)

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation; see `Policy.complete`.

        Raises:
            PolicyRefused: if the script has come to its end.
        """
        self.asked.append((topic, tuple(messages)))
        line = self._script(messages, topic)
        if inspect.isawaitable(line):
            line = await line
        if isinstance(line, str):
            usage = Usage(
                prompt_tokens=sum(self.count_tokens(message.content) for message in messages),
                completion_tokens=self.count_tokens(line),
                estimated=True,
            )
            line = Completion(text=line, model=self.name, usage=usage)
        on_text(line.text)
        return line

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens a text has."""
        return count_roughly(text)

    async def close(self) -> None:
        """Do nothing: there is nothing to give back."""


def _in_order(replies: Sequence[Line], name: str) -> Script:
    rest: Iterator[Line] = iter(replies)

    def script(messages: Sequence[Message], topic: Topic) -> Line:
        try:
            return next(rest)
        except StopIteration:
            raise PolicyRefused(
                f"the policy {name!r} has said all of its {len(replies)} replies, and is asked "
                f"for another one, on {topic.problem or 'no problem'} ({topic.place or 'no place'})"
                ". Give it more replies, or a function that makes them."
            ) from None

    return script
