"""The figures of a run directory."""

from __future__ import annotations

from kerneldojo.metrics import Plan, Summary, summarise
from kerneldojo.records import Problem
from kerneldojo.store import Run


def missing_problems(run: Run) -> list[Problem]:
    """Return the problems that the run came to and has no solution of."""
    answered = {entry.problem_digest for entry in run.entries()}
    return [problem for digest, problem in run.problems().items() if digest not in answered]


def problems_ahead(run: Run) -> int:
    """Return how many problems an interrupted bench has not come to yet."""
    asked = run.config.get("problems")
    count = asked.get("count") if isinstance(asked, dict) else None
    return max(count - len(run.problems()), 0) if isinstance(count, int) else 0


def summarise_run(run: Run, plan: Plan | None = None) -> Summary:
    """Return all figures of a run; of one that is not complete, of what has been judged."""
    return summarise(run.outcomes(), missing_problems(run), plan)
