"""Conversations as token ids, with the ids known that a model is to learn.

A conversation is put together as a policy meets it: each prompt as it is sent, and after it the
reply as it would be drawn. Where a prompt goes on where the reply before ended, both are in one
sequence. Where it does not (many templates take the thinking out of earlier replies) another
sequence begins, whose earlier replies are read and not learnt again. So no mask is guessed, and
nothing is learnt in a context in which it is never asked.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.records import Message

IGNORED = -100
"""The label of ids that are not learnt."""


class Span(NamedTuple):
    """Where the ids of a reply begin and end."""

    begin: int
    end: int


@dataclass(frozen=True)
class TokenSequence:
    """Token ids, and the replies among them that are learnt."""

    ids: array[int]
    replies: tuple[Span, ...]

    @property
    def learnt(self) -> int:
        """How many ids are learnt."""
        return sum(reply.end - reply.begin for reply in self.replies)

    def labels(self) -> array[int]:
        """Return the ids that are learnt, and `IGNORED` in the place of all others."""
        labels = array(self.ids.typecode, [IGNORED]) * len(self.ids)
        for begin, end in self.replies:
            labels[begin:end] = self.ids[begin:end]
        return labels

    def cut(self, length: int) -> TokenSequence | None:
        """Return what ends with the last reply that ends within a length, or None."""
        kept = tuple(reply for reply in self.replies if reply.end <= length)
        return TokenSequence(self.ids[: kept[-1].end], kept) if kept else None


def sequences_of(
    tokens: ChatTokens, messages: Sequence[Message], *, last_only: bool = False
) -> list[TokenSequence]:
    """Return the sequences a conversation is learnt from, in order.

    Args:
        tokens: of the model.
        messages: of which at least one is the model's; what follows its last is left aside.
        last_only: whether only its last reply is learnt.

    Raises:
        UsageError: if the chat template refuses the conversation, or its replies cannot be told
            from what the template writes.
    """
    said = list(messages)
    places = [place for place, message in enumerate(said) if message.role == "assistant"]
    found: list[TokenSequence] = []
    for place in places[-1:] if last_only else places:
        prompt = tokens.prompt_ids(said[:place])
        reply = tokens.reply_ids(said[: place + 1])
        # the next prompts show the reply as it was drawn, as far as the template keeps it
        said[place] = said[place].model_copy(update={"tokens": reply})
        earlier: tuple[Span, ...] = ()
        if found and prompt[: len(found[-1].ids)] == tuple(found[-1].ids):
            earlier = found.pop().replies
        span = Span(len(prompt), len(prompt) + len(reply))
        found.append(TokenSequence(array("i", [*prompt, *reply]), (*earlier, span)))
    return found
