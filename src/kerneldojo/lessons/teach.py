"""Lessons out of judged conversations: what a teacher says, and what is said to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Unpack

from kerneldojo.corpus import Keep, export_conversations
from kerneldojo.dialogue import Rules, collect
from kerneldojo.errors import UsageError
from kerneldojo.evaluator import Evaluator
from kerneldojo.lessons.account import Lessons, tally
from kerneldojo.policies import Policy, Teacher
from kerneldojo.problems import distinct
from kerneldojo.records import Problem
from kerneldojo.settings import DialogueSettings

LESSONS = "lessons.jsonl"
"""The file of the lessons in a run's directory."""


def teach(
    problems: Iterable[Problem],
    policy: Policy,
    evaluator: Evaluator,
    out: str | Path,
    *,
    trajectories: int = 4,
    keep: Keep | None = None,
    concurrency: int = 16,
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
    **rules: Unpack[Rules],
) -> Lessons:
    """Hold conversations with a teacher, and write those that are fit to be learnt from.

    They are held as `collect` holds them: with the prompts, verdicts and feedback that the model
    will meet. Called again with `resume` and other filters, it chooses anew and judges nothing.

    Args:
        problems: what is asked; those that a `Teacher` has no answer to are left out.
        policy: the teacher: templates, gold solutions, or any model.
        evaluator: an open `Evaluator`.
        out: the run's directory, missing or empty; or that of the run to resume.
        trajectories: conversations on each problem.
        keep: which of them become lessons; by default those whose best answer is correct and in
            which nothing was dishonest.
        concurrency: most conversations under way at once.
        resume: go on with the run in `out`, or start it if there is none.
        config: more of what the run was asked for, to be kept and compared on resume.
        **rules: see `Rules`; `settings.turns` is the length of the conversations.

    Raises:
        UsageError: if the policy knows none of the problems or writes another language, or as
            `collect` does.
        InfrastructureError: as `collect` does. What is finished is kept.
    """
    keep = Keep(correct=True, honest=True) if keep is None else keep
    known, unknown = answerable(problems, policy, rules.get("settings", DialogueSettings()))
    run = collect(
        known,
        policy,
        evaluator,
        out,
        trajectories=trajectories,
        concurrency=concurrency,
        resume=resume,
        config=config,
        **rules,
    )
    path = Path(out) / LESSONS
    exported = export_conversations([run], path, keep)
    kept = {trajectory for _, trajectory in exported.selection.kept}
    return Lessons(
        run=str(run.path),
        path=str(path),
        lessons=exported.rows,
        conversations=exported.selection.seen,
        unknown=unknown,
        dropped=exported.selection.dropped,
        told=tally(run.iter_trajectories(), kept, keep.answer),
    )


def answerable(
    problems: Iterable[Problem], policy: Policy, settings: DialogueSettings
) -> tuple[list[Problem], tuple[str, ...]]:
    """Return the problems that a policy can answer, and the names of the others.

    Raises:
        UsageError: if it can answer none, or writes another language than it is asked for.
    """
    chosen = distinct(problems)
    if not isinstance(policy, Teacher):
        return chosen, ()
    if policy.language is not settings.language:
        raise UsageError(
            f"the policy {policy.name!r} writes {policy.language}, and dialogue.language is "
            f"{settings.language}. Ask another policy, or for {policy.language}."
        )
    known = [problem for problem in chosen if policy.knows(problem.name)]
    if not known:
        raise UsageError(
            f"the policy {policy.name!r} has no answer to any of {len(chosen)} problems: it "
            f"answers {policy.knows_what}."
        )
    left = {problem.name for problem in known}
    return known, tuple(problem.name for problem in chosen if problem.name not in left)
