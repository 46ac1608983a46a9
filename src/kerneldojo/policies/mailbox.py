"""A policy that is asked by files: for people, coding agents, and models without an API."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

from kerneldojo.errors import PolicyUnavailable
from kerneldojo.policies.base import NO_TOPIC, OnText, Topic, count_roughly, ignore
from kerneldojo.records import Completion, Message, Usage
from kerneldojo.settings import Sampling

_LOOK_S = 0.2
_HEADINGS = {"system": "# System", "user": "# Question", "assistant": "# Your answer"}


class Mailbox:
    """Writes each conversation to `NAME.prompt.md` and waits for `NAME.reply.md` beside it.

    The reply is read when it appears under that name; whoever writes it should write another
    file and rename it. A reply that is there already is taken at once, so that an interrupted
    run goes on.

    Args:
        folder: created if missing.
        patience_s: longest wait for a reply, in seconds.

    Raises:
        OSError: if the folder cannot be made.
    """

    context_length: int | None = None

    def __init__(self, folder: str | Path, *, patience_s: float = 24 * 3600.0) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = f"mailbox:{self.folder}"
        self._patience_s = patience_s

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        topic: Topic = NO_TOPIC,
        on_text: OnText = ignore,
    ) -> Completion:
        """Put the conversation into the box and wait for the answer.

        Raises:
            PolicyUnavailable: if none came in time.
        """
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", f"{topic.problem}-{topic.sample}-{topic.place}")
        prompt, reply = self.folder / f"{name}.prompt.md", self.folder / f"{name}.reply.md"
        text = "\n\n".join(f"{_HEADINGS[one.role]}\n\n{one.content}" for one in messages)
        draft = prompt.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, prompt)
        started = time.monotonic()
        while not reply.exists():
            if time.monotonic() - started > self._patience_s:
                raise PolicyUnavailable(f"no reply came to {prompt} in {self._patience_s:g} s.")
            await asyncio.sleep(_LOOK_S)
        said = reply.read_text(encoding="utf-8", errors="replace")
        on_text(said)
        usage = Usage(
            prompt_tokens=self.count_tokens(text),
            completion_tokens=self.count_tokens(said),
            estimated=True,
        )
        seconds = time.monotonic() - started
        return Completion(text=said, usage=usage, model="mailbox", seconds=seconds)

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens a text has."""
        return count_roughly(text)

    async def close(self) -> None:
        """Leave the files where they are."""
