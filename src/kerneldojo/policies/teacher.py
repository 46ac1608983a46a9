"""What every teacher is: a policy that has its answers ready, without a model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from kerneldojo.errors import PolicyRefused
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, count_roughly, ignore
from kerneldojo.records import Completion, Language, Message, Usage
from kerneldojo.settings import Sampling


class Teacher(ABC):
    """Answers from the topic alone, whatever the conversation says."""

    name: str
    language: Language
    """What its solutions are written in."""
    knows_what: str
    """Which problems it has answers to, for messages."""
    context_length: int | None = None

    @abstractmethod
    def knows(self, problem: str) -> bool:
        """Return whether it has an answer to the problem of this name."""

    @abstractmethod
    def reply(self, topic: Topic) -> Completion:
        """Return the answer to a topic.

        Raises:
            PolicyRefused: if it has none.
        """

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
            PolicyRefused: if there is no answer to this topic.
        """
        said = self.reply(topic)
        on_text(said.text)
        read = sum(self.count_tokens(message.content) for message in messages)
        usage = said.usage.model_copy(update={"prompt_tokens": read})
        return said.model_copy(update={"usage": usage})

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens a text has."""
        return count_roughly(text)

    async def close(self) -> None:
        """Give nothing back: there is nothing."""
        return

    def _said(self, source: str, model: str, words: str = "") -> Completion:
        """Return a reply that holds a solution, after some words."""
        text = f"```python\n{source.strip()}\n```"
        text = f"{words}\n\n{text}" if words else text
        usage = Usage(completion_tokens=self.count_tokens(text), estimated=True)
        return Completion(text=text, model=model, usage=usage)

    def _lost(self, problem: str) -> PolicyRefused:
        """Return the error of having no answer to a problem."""
        about = problem or "a conversation on no problem"
        return PolicyRefused(
            f"the policy {self.name!r} has no answer to {about}: it answers {self.knows_what}."
        )
