"""What a policy was sent for a turn, told from the records."""

from __future__ import annotations

from kerneldojo.dialogue import context
from kerneldojo.dialogue.reply import without_thinking
from kerneldojo.records import Message, Trajectory, Turn


def prompt_of(trajectory: Trajectory, turn: Turn, *, keep_thinking: bool) -> tuple[Message, ...]:
    """Return the messages that the policy was sent for a turn, word for word.

    Args:
        trajectory: the whole of it.
        turn: one of its turns.
        keep_thinking: whether the run showed the model its own thinking
            (`dialogue.keep_thinking`).

    Raises:
        LookupError: if a turn that the model was shown is not there.
    """
    numbered = {each.number: each for each in trajectory.turns}
    for number in turn.record.context:
        if number not in numbered:
            raise LookupError(
                f"turn {turn.number} of trajectory {trajectory.record.id} was shown turn "
                f"{number}, which is not there"
            )
    shown = [numbered[number] for number in turn.record.context]
    return context.conversation(trajectory.record.question, shown, keep_thinking=keep_thinking)


def reply_of(turn: Turn, *, thinking: bool) -> Message:
    """Return what the policy answered, with its thinking, wherever it stood, or without."""
    record = turn.record
    if not thinking:
        return Message(role="assistant", content=without_thinking(record.reply).strip())
    spoken = f"<think>\n{record.thinking}\n</think>\n\n" if record.thinking else ""
    return Message(role="assistant", content=spoken + record.reply)


def lineage(trajectory: Trajectory, turn: Turn) -> list[Turn]:
    """Return a turn after all it descends from, the oldest first.

    A parent that is not there ends the line.
    """
    numbered = {each.number: each for each in trajectory.turns}
    line = [turn]
    while (parent := numbered.get(_parent(line[-1]))) and parent not in line:
        line.append(parent)
    return line[::-1]


def _parent(turn: Turn) -> int:
    return -1 if turn.record.parent is None else turn.record.parent
