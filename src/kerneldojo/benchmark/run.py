"""Judge many solutions of many problems into a run directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kerneldojo.benchmark.answers import SolutionSet, SolutionSource
from kerneldojo.benchmark.pipeline import Judge, OnDone, OnStage, Pipeline
from kerneldojo.errors import UsageError
from kerneldojo.problems import distinct
from kerneldojo.records import Entry, Problem, Solution, content_digest
from kerneldojo.store import Run

KIND = "bench"


def bench(
    problems: Iterable[Problem],
    solutions: SolutionSource | Mapping[str, Solution],
    evaluator: Judge,
    out: str | Path,
    *,
    resume: bool = False,
    config: Mapping[str, Any] | None = None,
    on_stage: OnStage = lambda entry, stage: None,
    on_done: OnDone = lambda entry, evaluation: None,
) -> Run:
    """Judge solutions, and write each verdict to a run directory as it comes.

    Solutions of one problem follow one another, so that they share the reference's answers.
    Killed at any moment, at most the evaluations under way are lost.

    Args:
        problems: what is asked. Copies of an earlier problem are left out.
        solutions: a `SolutionSet`, any other source of answers, or one solution by the name of
            each problem. Problems without an answer are kept in the run as missing. Answers that
            are known beforehand have to be the same on resume; others are compared as they come.
        evaluator: an open `Evaluator`.
        out: the run's directory, missing or empty; or that of the run to resume.
        resume: go on with the run in `out`, or start it if there is none. What has a verdict
            is not judged again, unless the evaluation failed through a fault of ours.
        config: more of what the run was asked for, to be kept and compared on resume.
        on_stage: told which entry is in which stage, from other threads.
        on_done: told each entry that has its verdict.

    Returns:
        The run, closed for writing.

    Raises:
        UsageError: if two problems have one name, the directory is not empty, or the run to
            resume was asked for something else.
        InfrastructureError: if the device or isolation asked for is not to be had, or nothing
            can be written.
    """
    chosen = distinct(problems)
    source = SolutionSet.of(solutions) if isinstance(solutions, Mapping) else solutions
    asked = {
        **(config or {}),
        "problems": {
            "count": len(chosen),
            "digest": content_digest([problem.digest for problem in chosen]),
        },
        "evaluation": evaluator.settings.model_dump(mode="json"),
    }
    if isinstance(source, SolutionSet):
        asked["answers"] = _known_answers(chosen, source)
    with (Run.resume if resume else Run.create)(out, KIND, asked) as run:
        pipeline = Pipeline(run, evaluator, on_stage, on_done)
        try:
            for problem, solution, entry in _questions(run, chosen, source):
                pipeline.put(problem, solution, entry)
            pipeline.drain()
        except BaseException:
            pipeline.salvage()
            raise
    return run


def _known_answers(problems: Iterable[Problem], solutions: SolutionSet) -> dict[str, Any]:
    """Return what tells one set of answers to some problems from another, wherever it lies."""
    found = [
        (problem.digest, answer.sample, answer.solution.digest)
        for problem in problems
        for answer in solutions.answers(problem)
    ]
    return {"count": len(found), "digest": content_digest(found)}


def _questions(
    run: Run, problems: Iterable[Problem], source: SolutionSource
) -> Iterator[tuple[Problem, Solution, Entry]]:
    """Yield every question, after it has been written to the run.

    A problem is written with its first answer, or once it turns out to have none: what a run
    that was interrupted has not come to is not there, and so is not missing.

    Raises:
        UsageError: if an answer is not what it was when the run began.
    """
    before = {(one.problem, one.sample, one.turn): one for one in run.entries()}
    for problem in problems:
        digest = problem.digest
        for answer in source.answers(problem):
            entry = Entry(
                problem=problem.name,
                problem_digest=digest,
                solution_digest=answer.solution.digest,
                origin=answer.solution.origin,
                sample=answer.sample,
            )
            old = before.get((entry.problem, entry.sample, entry.turn))
            if old is None:
                run.add(problem)
                run.add(answer.solution)
                run.add(entry)
            elif old.solution_digest != entry.solution_digest:
                raise UsageError(
                    f"{run.path} cannot be resumed: sample {entry.sample} of {entry.problem} is "
                    f"now another solution ({entry.origin}) than when the run began "
                    f"({old.origin}). Name another directory."
                )
            yield problem, answer.solution, old or entry
        run.add(problem)
