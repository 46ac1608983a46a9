"""A run of real dialogues between a script and a judge that does as it is told."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from kerneldojo.dialogue import Conductor, Dialogue, hold
from kerneldojo.records import Completion, End, Ending, Trajectory, Turn
from kerneldojo.settings import DialogueSettings
from kerneldojo.store import Run
from tests.dialogue.talk import USAGE, Script, code, problem, terms

Explore = Callable[[Dialogue], Awaitable[End]]
THINKING = "<think>\nWhat if…\n</think>\n\n"


@dataclasses.dataclass(frozen=True)
class Directed:
    """A strategy that does what a function does."""

    explore: Explore
    name: str = "directed"


async def three(dialogue: Dialogue) -> End:
    """Take three turns, each seeing all before it."""
    for number in range(1, 4):
        shown = dialogue.turns
        await dialogue.turn(f"turn {number}", show=shown, parent=shown[-1] if shown else None)
    return End.TURNS


async def tree(dialogue: Dialogue) -> End:
    """Two first tries; the second is improved beside the first, then alone."""
    first = await dialogue.turn("root 1")
    second = await dialogue.turn("root 2")
    child = await dialogue.turn("child", show=(first, second), parent=second)
    await dialogue.turn("grandchild", show=(child,), parent=child)
    return End.TURNS


def talked(
    path: Path,
    lines: list[str | Completion],
    explore: Explore = three,
    samples: int = 1,
    keep_thinking: bool = False,
) -> tuple[Run, Script]:
    """Hold dialogues on one problem into a run."""
    policy = Script(*lines)
    settings = DialogueSettings(example=False, hardware=False, keep_thinking=keep_thinking)
    conductor = Conductor(
        Directed(explore), terms(policy, settings=settings), samples=samples, concurrency=1
    )
    run = hold("collect", [problem()], conductor, path)
    return Run.open(run.path), policy


def thought(text: str, ids: tuple[int, ...], prompt: tuple[int, ...]) -> Completion:
    """A reply with token ids and thinking."""
    return Completion(
        text=THINKING + text,
        usage=USAGE,
        prompt_ids=prompt,
        sampled_ids=ids,
        logprobs=tuple(-0.1 * (1 + number) for number in range(len(ids))),
    )


LINES: list[str | Completion] = [
    thought(code("wrong", text="a"), (5, 6), (1, 2)),
    thought(code("correct", 1.5, text="b"), (9,), (1, 2, 5, 6, 7, 8)),
    thought(code("correct", 2.5, text="c"), (3, 4), (11, 12)),
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return talked(tmp_path / "run", LINES)[0]


def made(*verdicts: tuple[str, float], ended: bool = True, text: str = "") -> Trajectory:
    """A rollout of one dialogue, in memory."""
    lines: list[str | Completion] = [
        code(name, speed, f"{text}{number}") for number, (name, speed) in enumerate(verdicts)
    ]

    async def go() -> Trajectory:
        dialogue = Dialogue(problem(), terms(Script(*lines)))
        shown: list[Turn] = []
        for number in range(len(lines)):
            parent = shown[-1] if shown else None
            shown.append(await dialogue.turn(f"turn {number}", show=shown, parent=parent))
        return dialogue.trajectory

    trajectory = asyncio.run(go())
    if not ended:
        return trajectory
    best = trajectory.best
    winner = best.number if best else None
    ending = Ending(trajectory=trajectory.record.id, end=End.TURNS, winner=winner)
    return dataclasses.replace(trajectory, ending=ending)
