"""Lessons of one reply each, without verdicts: quick, for models that cannot write code yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerneldojo.corpus.conversations import COLUMNS
from kerneldojo.dialogue import Prompts
from kerneldojo.errors import UsageError
from kerneldojo.lessons.account import Lessons, Told
from kerneldojo.lessons.teach import LESSONS, answerable
from kerneldojo.policies import Policy, Teacher, Topic
from kerneldojo.records import Problem, content_digest
from kerneldojo.settings import DialogueSettings
from kerneldojo.store import Run
from kerneldojo.store.tables import Table, write_table

KIND = "lessons"
_COLUMNS = (
    "messages run problem sample policy model turn turns language problem_licence problem_digest"
).split()
_PLACE = "turn 1"
"""Where dialogues begin, so that a teacher says what it would say there."""


def write_replies(
    problems: Iterable[Problem],
    teacher: Policy,
    out: str | Path,
    *,
    replies: int = 4,
    settings: DialogueSettings | None = None,
    hardware: str = "",
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
) -> Lessons:
    """Write a teacher's first replies with the prompts of real dialogues; nothing is judged.

    Args:
        problems: what is asked; those that the teacher has no answer to are left out.
        teacher: `Templates`, `Gold`, or another `Teacher`.
        out: the run's directory, missing or empty; or that of the run to resume.
        replies: how many to each problem; those that repeat an earlier one are left out.
        settings: of the dialogues that the model will meet later; they make the prompt.
        hardware: what the prompt says of the device; see `hardware_facts`.
        resume: write the run in `out` once more, or for the first time.
        config: more of what the run was asked for, to be kept and compared on resume.

    Raises:
        UsageError: if the policy is no teacher, knows none of the problems or writes another
            language; if the directory is not empty; or if the run to resume was asked for
            something else.
        StoreError: if nothing can be written there.
    """
    if not isinstance(teacher, Teacher):
        raise UsageError(
            f"only teachers that have their answers ready (templates, gold) give lessons without "
            f"being judged; {teacher.name!r} is none. Have its conversations judged."
        )
    if replies < 1:
        raise UsageError(f"{replies} replies to a problem are no lesson; ask for 1 or more.")
    settings = settings or DialogueSettings()
    known, unknown = answerable(problems, teacher, settings)
    asked = {
        **(config or {}),
        "problems": {
            "count": len(known),
            "digest": content_digest([problem.digest for problem in known]),
        },
        "policy": teacher.name,
        "samples": replies,
        "dialogue": settings.model_dump(mode="json"),
        "hardware": hardware,
    }
    prompts = Prompts.from_settings(settings)
    said = _Said()
    with (Run.resume if resume else Run.create)(out, KIND, asked) as run:
        columns = {name: COLUMNS[name][0] for name in _COLUMNS}
        rows = (
            {**row, "run": str(run.path)}
            for problem in known
            for row in _rows(problem, prompts.first(problem, hardware), teacher, replies, said)
        )
        path = run.path / LESSONS
        write_table(Table(KIND, columns, rows, lambda: ""), path)
    return _account(run, path, said, unknown)


@dataclass(frozen=True)
class _Said:
    """How often what was said, by the teacher's words for itself."""

    all: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    """What was not said before on the same problem."""


def _account(run: Run, path: Path, said: _Said, unknown: tuple[str, ...]) -> Lessons:
    conversations, lessons = said.all.total(), said.new.total()
    repeated = conversations - lessons
    return Lessons(
        run=str(run.path),
        path=str(path),
        lessons=lessons,
        conversations=conversations,
        unknown=unknown,
        dropped={"distinct": repeated} if repeated else {},
        told=tuple(
            Told(teacher=model, status="", replies=count, lessons=said.new[model])
            for model, count in said.all.most_common()
        ),
    )


def _rows(
    problem: Problem, question: str, teacher: Teacher, replies: int, said: _Said
) -> Iterator[dict[str, Any]]:
    """Yield the different replies to a problem."""
    before: set[str] = set()
    of_all = {
        "problem": problem.name,
        "policy": teacher.name,
        "turn": 0,
        "turns": 1,
        "language": str(teacher.language),
        "problem_licence": problem.licence,
        "problem_digest": problem.digest,
    }
    for sample in range(replies):
        reply = teacher.reply(Topic(problem.name, sample, _PLACE))
        said.all[reply.model] += 1
        if reply.text in before:
            continue
        before.add(reply.text)
        said.new[reply.model] += 1
        yield {
            "messages": [
                {"role": "user", "content": question},
                {"role": "assistant", "content": reply.text},
            ],
            "sample": sample,
            "model": reply.model,
            **of_all,
        }
