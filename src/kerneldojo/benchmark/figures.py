"""The figures of a run directory."""

from __future__ import annotations

from kerneldojo.metrics import Plan, Summary, summarise
from kerneldojo.records import Problem
from kerneldojo.store import Run


def missing_problems(run: Run) -> list[Problem]:
    """Return the problems that the run was asked for and has no solution of."""
    answered = {entry.problem_digest for entry in run.entries()}
    return [problem for digest, problem in run.problems().items() if digest not in answered]


def summarise_run(run: Run, plan: Plan | None = None) -> Summary:
    """Return all figures of a run; of one that is not complete, of what has been judged."""
    return summarise(run.outcomes(), missing_problems(run), plan)
