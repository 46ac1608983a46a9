"""From nothing to a policy that writes kernels: lessons, cold start, reinforcement learning."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerneldojo.dialogue import Prompts
from kerneldojo.lessons import LESSONS, write_replies
from kerneldojo.miniature import recipe
from kerneldojo.miniature.model import Size, make_model
from kerneldojo.policies import Templates, Topic
from kerneldojo.problems import generator
from kerneldojo.records import Problem
from kerneldojo.store import Run
from kerneldojo.store.lines import read_lines
from kerneldojo.training import fine_tune

if TYPE_CHECKING:
    from kerneldojo.settings import SftSettings
    from kerneldojo.training.journal import Watcher

TRAIN, TEST = "mini-train", "mini-test"
"""Splits of generated problems: what is learnt from, and what nothing is learnt from."""
PRACTISED = 3000
"""The first problem of `TRAIN` for reinforcement learning."""
TAUGHT = 4000
"""The first one for lessons, if nothing else is said."""


def problems(split: str, first: int, count: int) -> tuple[Problem, ...]:
    """Return problems of a split."""
    return tuple(generator.generate_many(split, range(first, first + count)))


def write_lessons(out: str | Path, count: int, *, first: int = TAUGHT, replies: int = 1) -> Path:
    """Write replies of mixed quality to problems, none of them judged, and return their file.

    Many problems with one reply each teach to read the question; a few, often repeated, are
    learnt by heart.

    Args:
        out: directory of the run.
        count: problems of `TRAIN`.
        first: the number of the first of them.
        replies: to each.
    """
    teacher = Templates(curricula=recipe.CURRICULA, variety=False)
    taught = problems(TRAIN, first, count)
    settings = recipe.dialogue()
    write_replies(taught, teacher, out, replies=replies, settings=settings, resume=True)
    return Path(out) / LESSONS


def write_conversations(judged: str | Path, out: str | Path, count: int, *, first: int) -> Path:
    """Write conversations of two turns to new problems, and return their file.

    Nothing is judged: what a reply is told was told, in a run of judged conversations, to another
    reply of the same quality. It is what the policy will be told, for the reasons it will be told
    it, but its figures are those of another problem.

    Args:
        judged: directory of a run that `teach` wrote with `Templates`.
        out: file to be written.
        count: problems of `TRAIN`.
        first: the number of the first of them.
    """
    told = _told(Run.open(judged))
    teacher = Templates(curricula=recipe.SECOND_CURRICULA, variety=False)
    prompts = Prompts.from_settings(recipe.dialogue())
    chance = random.Random(first)
    rows = []
    for problem in problems(TRAIN, first, count):
        one, two = (teacher.reply(Topic(problem.name, 0, f"turn {turn}")) for turn in (1, 2))
        known = told.get(one.model) or told[_quality(one.model)]
        said = [prompts.first(problem), one.text, chance.choice(known), two.text]
        roles = ("user", "assistant") * 2
        messages = [{"role": role, "content": text} for role, text in zip(roles, said, strict=True)]
        rows.append(json.dumps({"messages": messages, "problem": problem.name}))
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _told(judged: Run) -> dict[str, list[str]]:
    """Return what was told, by kind of reply and by quality alone."""
    told: dict[str, list[str]] = {}
    for trajectory in judged.iter_trajectories():
        for turn in trajectory.turns:
            for kind in {turn.record.model, _quality(turn.record.model)}:
                told.setdefault(kind, []).append(turn.record.feedback)
    return told


def _quality(model: str) -> str:
    """Return `templates/wrong` for `templates/wrong/tail`."""
    return "/".join(model.split("/")[:2])


def begin(
    lessons: Sequence[str | Path],
    out: str | Path,
    settings: SftSettings,
    *,
    size: Size | None = None,
    watcher: Watcher | None = None,
) -> Path:
    """Make a tokenizer and a model from nothing, teach it lessons, and return its folder.

    Args:
        lessons: files of conversations; the tokenizer's vocabulary is learnt from them as well.
        out: gets the untaught model in `untaught` and the training's run in `sft`.
        settings: of the training.
        size: of the model.
        watcher: is told how the training goes.
    """
    out = Path(out)
    untaught = out / "untaught"
    if not (untaught / "tokenizer_config.json").is_file():
        make_model(untaught, texts_of(lessons), size, seed=settings.seed)
    return fine_tune(
        lessons, untaught.resolve(), out / "sft", settings, resume=True, watcher=watcher
    )


def texts_of(lessons: Iterable[str | Path]) -> list[str]:
    """Return the messages of all conversations in files of lessons."""
    rows = (row for path in lessons for row in read_lines(Path(path), json.loads, []))
    return [message["content"] for row in rows for message in row["messages"]]
