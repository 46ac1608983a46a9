"""What a model is going to learn: conversations read, tokenised, and made to fit."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerneldojo.errors import UsageError
from kerneldojo.policies.tokens import ChatTokens
from kerneldojo.settings import SftSettings
from kerneldojo.training.conversations import BadRow, first_of, read_conversations
from kerneldojo.training.sequences import TokenSequence, sequences_of


@dataclass
class Lesson:
    """The sequences of a training, and what became of the conversations they are made from."""

    sequences: list[TokenSequence] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    """Rows that are no conversations, or that the chat template refuses."""
    conversations: int = 0
    """How many were read, but for bad ones."""
    cut: int = 0
    """Sequences that were ended early, as they were too long."""
    dropped: int = 0
    """Sequences that were left out, as they were too long."""
    digest: str = ""
    """Of the ids and of what is learnt of them."""

    def facts(self) -> dict[str, Any]:
        """Return the figures, for people and programs."""
        lengths = [len(sequence.ids) for sequence in self.sequences]
        return {
            "conversations": self.conversations,
            "sequences": len(self.sequences),
            "replies": sum(len(sequence.replies) for sequence in self.sequences),
            "tokens": sum(lengths),
            "learnt_tokens": sum(sequence.learnt for sequence in self.sequences),
            "longest": max(lengths),
            "cut": self.cut,
            "dropped": self.dropped,
            "bad_rows": len(self.bad),
        }


def prepare(paths: Sequence[str | Path], tokens: ChatTokens, settings: SftSettings) -> Lesson:
    """Return what is learnt from the conversations in files and folders.

    Args:
        paths: see `read_conversations`.
        tokens: of the model.
        settings: which replies are learnt, and how long a sequence may be.

    Raises:
        UsageError: if nothing is left to learn, or a path cannot be read.
    """
    lesson, digest = Lesson(), hashlib.sha256()
    for conversation in read_conversations(paths, lesson.bad):
        try:
            found = sequences_of(tokens, conversation.messages, last_only=settings.turns == "last")
        except UsageError as error:
            lesson.bad.append(BadRow(conversation.place, str(error)))
            continue
        lesson.conversations += 1
        for sequence in found:
            fitting = _fitting(sequence, settings, lesson)
            if fitting is not None:
                lesson.sequences.append(fitting)
                digest.update(fitting.ids.tobytes() + fitting.labels().tobytes())
    lesson.digest = digest.hexdigest()
    if not lesson.sequences:
        raise UsageError(_nothing_left(lesson, paths, settings))
    return lesson


def _fitting(
    sequence: TokenSequence, settings: SftSettings, lesson: Lesson
) -> TokenSequence | None:
    if len(sequence.ids) <= settings.max_length:
        return sequence
    shorter = sequence.cut(settings.max_length) if settings.too_long == "cut" else None
    if shorter is None:
        lesson.dropped += 1
    else:
        lesson.cut += 1
    return shorter


def _nothing_left(lesson: Lesson, paths: Sequence[str | Path], settings: SftSettings) -> str:
    where = ", ".join(map(str, paths))
    if lesson.dropped:
        return (
            f"nothing to learn in {where}: all sequences are longer than sft.max_length = "
            f"{settings.max_length:,} tokens. Raise it."
        )
    if lesson.bad:
        return f"nothing to learn in {where}: no row can be used. {first_of(lesson.bad)}"
    return f"nothing to learn in {where}: there are no rows."


def reasons(bad: Sequence[BadRow]) -> list[tuple[str, int, BadRow]]:
    """Return each reason for which rows were passed over, how often, and its first row."""
    counts = Counter(row.reason for row in bad)
    first = {row.reason: row for row in reversed(bad)}
    return [(reason, count, first[reason]) for reason, count in counts.most_common()]
