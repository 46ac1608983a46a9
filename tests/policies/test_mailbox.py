"""Asked and answered by files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kerneldojo.errors import PolicyUnavailable
from kerneldojo.policies.base import Topic
from kerneldojo.policies.mailbox import Mailbox
from kerneldojo.records import Message
from kerneldojo.settings import Sampling

TOPIC = Topic("suite/x/one", 2, "turn 1")
MESSAGES = [
    Message(role="user", content="Write a kernel."),
    Message(role="assistant", content="No."),
    Message(role="user", content="Do."),
]


def test_a_reply_is_read_when_it_appears(tmp_path: Path) -> None:
    box = Mailbox(tmp_path / "box")

    async def both() -> str:
        asked = asyncio.create_task(box.complete(MESSAGES, Sampling(), topic=TOPIC))
        prompt = tmp_path / "box" / "suite_x_one-2-turn_1.prompt.md"
        while not prompt.exists():
            await asyncio.sleep(0)
        assert prompt.read_text() == (
            "# Question\n\nWrite a kernel.\n\n# Your answer\n\nNo.\n\n# Question\n\nDo."
        )
        assert not asked.done()
        (tmp_path / "draft").write_text("Here it is.")
        (tmp_path / "draft").rename(tmp_path / "box" / "suite_x_one-2-turn_1.reply.md")
        return (await asked).text

    assert asyncio.run(both()) == "Here it is."


def test_a_reply_that_is_there_already_is_taken(tmp_path: Path) -> None:
    (tmp_path / "suite_x_one-2-turn_1.reply.md").write_text("Again.")
    heard: list[str] = []
    box = Mailbox(tmp_path)
    done = asyncio.run(box.complete(MESSAGES, Sampling(), topic=TOPIC, on_text=heard.append))
    assert (done.text, heard, done.usage.estimated) == ("Again.", ["Again."], True)


def test_patience_ends(tmp_path: Path) -> None:
    box = Mailbox(tmp_path, patience_s=0.0)
    with pytest.raises(PolicyUnavailable, match="no reply came"):
        asyncio.run(box.complete(MESSAGES, Sampling(), topic=TOPIC))
