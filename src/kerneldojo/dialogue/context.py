"""What a model is shown of its earlier turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kerneldojo.dialogue.reply import without_thinking
from kerneldojo.records import Message, Turn


def conversation(
    question: Sequence[Message], shown: Iterable[Turn], *, keep_thinking: bool
) -> tuple[Message, ...]:
    """Return the messages of a prompt: the question, and some earlier turns with their feedback.

    Args:
        question: what every prompt on the problem begins with; ends with the user's message.
        shown: the turns, in the order in which they shall stand.
        keep_thinking: whether replies are shown thinking and all.
    """
    return (*question, *(message for turn in shown for message in _exchange(turn, keep_thinking)))


def least_useful(shown: Sequence[Turn], parent: Turn | None) -> Turn:
    """Return the turn to forget first: that of the lowest reward, the earliest of equals.

    The turn that is to be improved goes last.
    """
    others = [turn for turn in shown if parent is None or turn.number != parent.number]
    return min(others or shown, key=lambda turn: (turn.reward or 0.0, turn.number))


def _exchange(turn: Turn, keep_thinking: bool) -> Iterator[Message]:
    record = turn.record
    if keep_thinking:
        spoken = f"<think>\n{record.thinking}\n</think>\n\n" if record.thinking else ""
        spoken += record.reply
    else:
        spoken = without_thinking(record.reply).strip() or "(no answer)"
    # token ids stand for all that was drawn, thinking that came apart included, and for no part
    whole = not record.thinking and spoken.strip() == record.reply.strip()
    exact = record.tokens is not None and whole
    tokens = record.tokens.sampled if record.tokens is not None and exact else None
    yield Message(role="assistant", content=record.reply if exact else spoken, tokens=tokens)
    yield Message(role="user", content=record.feedback)
