"""`kerneldojo train lessons`: what a model learns before it learns from rewards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kerneldojo import wording
from kerneldojo.cli import options
from kerneldojo.cli.collect import Trajectories, Turns
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import OK, Session, open_common, open_evaluator
from kerneldojo.cli.sources import load_distinct
from kerneldojo.cli.tables import show_table
from kerneldojo.errors import UsageError

if TYPE_CHECKING:
    from kerneldojo.cli.many_view import ManyView
    from kerneldojo.config import Config
    from kerneldojo.corpus import Keep
    from kerneldojo.lessons import Lessons
    from kerneldojo.policies import Policy
    from kerneldojo.records import Problem

Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="FILTER",
        help="Which conversations, as `export` has it; by default correct and honest.",
    ),
]
Judge = Annotated[
    bool,
    typer.Option(
        "--judge/--no-judge",
        help="Hold judged conversations, or write first replies alone, quickly.",
    ),
]


def lessons(
    out: options.RunPath,
    choice: options.Choice,
    asking: options.Asking,
    judging: options.Judging,
    running: options.Running,
    common: options.Common,
    trajectories: Trajectories = 4,
    turns: Turns = None,
    keep: Filters = None,
    judge: Judge = True,
) -> None:
    """Have a teacher solve problems, and write what is fit to be learnt: RUN/lessons.jsonl.

    `--policy templates` answers generated problems in chosen quality, `gold` the bundled ones,
    and every model what it can. The file is for `kerneldojo train sft`.
    """
    # Imported here because dialogues take long to load, which other verbs need not wait for.
    from kerneldojo.cli.asking import ended_before, policy_of, show_plan
    from kerneldojo.cli.many_view import ManyView
    from kerneldojo.corpus import Keep
    from kerneldojo.lessons import answerable

    if not choice.sources:
        raise UsageError("name problems to teach; generated/tiny-train/0-99 is a beginning.")
    if not judge and (keep or turns is not None):
        raise UsageError(
            "--no-judge writes single replies without verdicts; leave out --keep and --turns."
        )
    wanted = Keep.parse(keep) if keep else None
    short = {"dialogue.turns": turns}
    session = open_common(common, choice, judging, asking, json=running.json, short=short)
    config = session.config
    problems = load_distinct(session, choice)
    if running.dry_run:
        plan: dict[str, object] = {
            "policy": asking.policy or config.policy.model,
            "judged": judge,
        }
        if judge:
            plan |= {"turns": config.dialogue.turns, "keep": keep or ["correct", "honest"]}
        show_plan(session, problems, {**plan, "trajectories": trajectories})
        return
    policy = policy_of(session, asking)
    # said now what may be wrong, as an evaluator takes seconds to start
    ended = ended_before(out, resume=running.resume)
    known, _ = answerable(problems, policy, config.dialogue)
    view = ManyView(session.progress, len(known) * trajectories, ended)
    course = _Course(session, problems, policy, out, trajectories)
    taught = (
        _judged(course, running, choice, wanted, view)
        if judge
        else _single(course, running, choice)
    )
    _report(session, taught)
    raise typer.Exit(OK)


@dataclass(frozen=True)
class _Course:
    """Who teaches what."""

    session: Session
    problems: list[Problem]
    policy: Policy
    out: Path
    trajectories: int


def _judged(
    course: _Course,
    running: options.Running,
    choice: options.Choice,
    keep: Keep | None,
    view: ManyView,
) -> Lessons:
    from kerneldojo.cli.asking import keeping, rules_of
    from kerneldojo.lessons import teach

    session, config = course.session, course.session.config
    with open_evaluator(config) as evaluator, keeping(session, course.out, view):
        return teach(
            course.problems,
            course.policy,
            evaluator,
            course.out,
            trajectories=course.trajectories,
            keep=keep,
            concurrency=running.concurrency,
            resume=running.resume,
            config=choice.asked(),
            **rules_of(config, view),
        )


def _single(course: _Course, running: options.Running, choice: options.Choice) -> Lessons:
    from kerneldojo.lessons import write_replies

    config = course.session.config
    return write_replies(
        course.problems,
        course.policy,
        course.out,
        replies=course.trajectories,
        settings=config.dialogue,
        hardware=_hardware(config),
        resume=running.resume,
        config=choice.asked(),
    )


def _hardware(config: Config) -> str:
    """Return what prompts say of the device, which only an evaluator knows."""
    from kerneldojo.dialogue import hardware_facts

    if not config.dialogue.hardware:
        return ""
    with open_evaluator(config) as evaluator:
        return hardware_facts(evaluator.environment(config.dialogue.language))


def _report(session: Session, taught: Lessons) -> None:
    if session.json:
        print_json(taught)
    console = session.people
    replies: Counter[tuple[str, str]] = Counter()
    chosen: Counter[tuple[str, str]] = Counter()
    for told in taught.told:
        kind = _sort(told.teacher), told.status
        replies[kind] += told.replies
        chosen[kind] += told.lessons
    judged = any(status for _, status in replies)
    rows = [
        (teacher, *([status] if judged else []), f"{count:,}", f"{chosen[teacher, status]:,}")
        for (teacher, status), count in sorted(replies.items())
    ]
    heads = ("teacher", *(["verdict"] if judged else []), "replies", "lessons")
    show_table(console, heads, rows, right=range(len(heads) - 2, len(heads)))
    console.out("")
    held = wording.plural(taught.conversations, "conversation")
    left = ", ".join(f"{count:,} by {name}" for name, count in taught.dropped.items())
    console.out(
        f"{wording.plural(taught.lessons, 'lesson')} of {held}"
        + (f"; left out {left}" if left else "")
    )
    if taught.unknown:
        count = wording.plural(len(taught.unknown), "problem")
        console.out(f"{count} without an answer, e.g. {taught.unknown[0]}")
    console.out(f"Lessons: {taught.path}")


def _sort(teacher: str) -> str:
    """Return a teacher's words without the last part, which mistake or hack it was."""
    return "/".join(teacher.split("/")[:2])
