"""The record of an evaluation that failed through no fault of the solution."""

from __future__ import annotations

import platform

import kerneldojo
from kerneldojo.errors import InfrastructureError
from kerneldojo.records import Environment, ErrorInfo, Evaluation, Problem, Solution, Status
from kerneldojo.settings import EvaluationSettings


def failed_evaluation(
    problem: Problem,
    solution: Solution,
    settings: EvaluationSettings,
    error: InfrastructureError,
) -> Evaluation:
    """Return an EVALUATION_FAILED record; it must never become a reward."""
    return Evaluation(
        problem=problem.name,
        problem_digest=problem.digest,
        solution_digest=solution.digest,
        language=solution.language.value,
        status=Status.EVALUATION_FAILED,
        environment=Environment(
            target=settings.target,
            device="unknown",
            isolation="unknown",
            python=platform.python_version(),
            torch="unknown",
            triton=None,
            kerneldojo=kerneldojo.__version__,
            platform=f"{platform.system()} {platform.machine()}",
            threads=settings.threads,
        ),
        error=ErrorInfo(type=type(error).__name__, message=str(error)),
    )
