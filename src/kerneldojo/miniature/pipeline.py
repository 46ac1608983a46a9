"""From nothing to a policy that writes kernels: lessons, cold start, reinforcement learning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kerneldojo.lessons import LESSONS, write_replies
from kerneldojo.miniature import recipe
from kerneldojo.miniature.model import Size, make_model
from kerneldojo.policies import Templates
from kerneldojo.problems import generator
from kerneldojo.records import Problem
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
