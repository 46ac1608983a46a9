"""What every policy is: something that answers a conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from kerneldojo.records import Completion, Message
from kerneldojo.settings import Sampling

OnText = Callable[[str], None]
"""Called with each further piece of a reply as it comes, by policies that can."""


class Topic(NamedTuple):
    """What a conversation is about; for scripts and logs, never sent to a model."""

    problem: str = ""
    """Name of the problem."""
    sample: int = 0
    """Number among the independent trajectories of the problem."""
    place: str = ""
    """The strategy's name for the turn."""


_CHARACTERS_PER_TOKEN = 3.5


def count_roughly(text: str) -> int:
    """Return about how many tokens a text has, for policies that cannot say exactly."""
    return int(len(text) / _CHARACTERS_PER_TOKEN) + 1


def ignore(text: str) -> None:
    """Take no notice of a reply in the making."""


NO_TOPIC = Topic()


class Policy(Protocol):
    """A model behind an endpoint, one on this machine, or a script.

    Policies are asked from one event loop, many conversations at once. `close` is called in that
    loop; a policy that is asked again afterwards, perhaps from another loop, opens anew.
    """

    name: str
    """For people and records, e.g. the model's name."""
    context_length: int | None
    """Most tokens it reads and writes together, if known."""

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Answer a conversation.

        Args:
            messages: the whole conversation; the last message is the user's. Assistant's
                messages carry their sampled token ids if these are known, and a policy that
                works on token ids must send those.
            sampling: how tokens are drawn.
            topic: what it is about.
            on_text: is told the reply as it comes.

        Raises:
            ContextOverflow: if the prompt does not fit.
            PolicyRefused: if asking again cannot help: wrong key, unknown model.
            PolicyUnavailable: if there was no usable answer, however often it was tried.
        """
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has, exactly if the tokenizer is known."""
        ...

    async def close(self) -> None:
        """Give back connections and memory."""
        ...
