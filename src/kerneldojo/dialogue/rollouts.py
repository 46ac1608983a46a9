"""Trajectories: one to look at, or many into a run directory as training data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

from kerneldojo.dialogue.conduct import Conductor
from kerneldojo.dialogue.dialogue import Dialogue
from kerneldojo.dialogue.prompts import hardware_facts
from kerneldojo.dialogue.running import run_to_end
from kerneldojo.dialogue.strategy import Rollout, directed
from kerneldojo.dialogue.terms import Terms
from kerneldojo.dialogue.watcher import Watcher
from kerneldojo.evaluator import Evaluator, ProblemLike
from kerneldojo.policies import Policy
from kerneldojo.problems import distinct, load_problem
from kerneldojo.records import Problem, Trajectory, content_digest
from kerneldojo.settings import Budget, DialogueSettings, RewardPlan, Sampling
from kerneldojo.store import Run

KIND = "collect"


class Rules(TypedDict, total=False):
    """What may be said of a dialogue besides who talks and who judges; the rest is as usual."""

    settings: DialogueSettings
    """What is asked and told, and when to stop."""
    sampling: Sampling
    """How tokens are drawn."""
    reward: RewardPlan
    """What a turn is worth."""
    budget: Budget
    """What may be spent on one problem."""
    seed: int
    """Of the choices that strategies make by chance."""
    watcher: Watcher
    """Is told what happens."""


def agree(policy: Policy, evaluator: Evaluator, **rules: Unpack[Rules]) -> Terms:
    """Return the terms of dialogues between a policy and an evaluator.

    Raises:
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    settings = rules.get("settings", DialogueSettings())
    hardware = hardware_facts(evaluator.environment(settings.language)) if settings.hardware else ""
    return Terms(policy, evaluator, hardware=hardware, **rules)


def rollout(
    problem: ProblemLike,
    policy: Policy,
    evaluator: Evaluator,
    turns: int | None = None,
    **rules: Unpack[Rules],
) -> Trajectory:
    """Have a policy work on one problem, turn after turn, and return the trajectory.

    Args:
        problem: a problem, its name or its file.
        policy: what answers.
        evaluator: an open `Evaluator`.
        turns: most turns; by default those of the settings.
        **rules: see `Rules`.

    Raises:
        UsageError: if the problem cannot be read, or the policy refuses us.
        InvalidProblem: if the problem is broken.
        InfrastructureError: if the policy gave no answer, or nothing can be judged.
    """
    task = problem if isinstance(problem, Problem) else load_problem(problem)
    terms = agree(policy, evaluator, **rules)
    strategy = Rollout(terms.settings.turns if turns is None else turns)
    dialogue = Dialogue(task, terms, strategy=strategy.name)

    async def hold() -> Trajectory:
        try:
            ending = await directed(strategy, dialogue)
        finally:
            await policy.close()
        return dataclasses.replace(dialogue.trajectory, ending=ending)

    return run_to_end(hold())


def collect(
    problems: Iterable[Problem],
    policy: Policy,
    evaluator: Evaluator,
    out: str | Path,
    *,
    trajectories: int = 4,
    concurrency: int = 16,
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
    **rules: Unpack[Rules],
) -> Run:
    """Collect trajectories into a run directory, as training data.

    Killed at any moment, at most the turns under way are lost.

    Args:
        problems: what is asked; copies of an earlier problem are left out.
        policy: what answers.
        evaluator: an open `Evaluator`.
        out: the run's directory, missing or empty; or that of the run to resume.
        trajectories: independent trajectories of each problem.
        concurrency: most dialogues under way at once.
        resume: go on with the run in `out`, or start it if there is none.
        config: more of what the run was asked for, to be kept and compared on resume.
        **rules: see `Rules`.

    Returns:
        The run, closed for writing.

    Raises:
        UsageError: if two problems have one name, the directory is not empty, the run to resume
            was asked for something else, or the policy refuses us.
        InfrastructureError: if the policy gave no answer, nothing can be judged, or nothing
            can be written. What is finished is kept.
    """
    terms = agree(policy, evaluator, **rules)
    conductor = Conductor(
        Rollout(terms.settings.turns), terms, samples=trajectories, concurrency=concurrency
    )
    return hold(KIND, problems, conductor, out, resume=resume, config=config)


def hold(
    kind: str,
    problems: Iterable[Problem],
    conductor: Conductor,
    out: str | Path,
    *,
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
) -> Run:
    """Hold dialogues into a run directory; `collect` and `search` say what kind of.

    Raises:
        UsageError: see `collect`.
        InfrastructureError: see `collect`.
    """
    chosen = distinct(problems)
    terms = conductor.terms
    asked = {
        **(config or {}),
        "problems": {
            "count": len(chosen),
            "digest": content_digest([problem.digest for problem in chosen]),
        },
        "policy": terms.policy.name,
        "strategy": conductor.strategy.name,
        "samples": conductor.samples,
        "seed": terms.seed,
        "dialogue": terms.settings.model_dump(mode="json"),
        "sampling": terms.sampling.model_dump(mode="json"),
        "reward": terms.reward.model_dump(mode="json"),
        "budget": terms.budget.model_dump(mode="json"),
        "evaluation": terms.evaluator.settings.model_dump(mode="json"),
    }
    with (Run.resume if resume else Run.create)(out, kind, asked) as run:
        known = {one.record.id: _needed(one) for one in run.iter_trajectories()}
        conductor = dataclasses.replace(
            conductor, terms=dataclasses.replace(terms, run=run), known=known
        )

        async def work() -> None:
            try:
                await conductor.conduct(chosen)
            finally:
                await terms.policy.close()

        run_to_end(work())
    return run


def _needed(one: Trajectory) -> Trajectory:
    """Return what a resumed run needs: of what has ended, that it has; runs may be large."""
    return dataclasses.replace(one, turns=[]) if one.ending is not None else one
