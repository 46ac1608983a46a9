"""KernelDojo: an honest verdict on GPU kernels, and a place to learn to write them.

    import kerneldojo as kd

    problem = kd.load_problem("suite/fused/bias_gelu")
    evaluation = kd.evaluate(problem, Path("gelu.py"))
    evaluation.status, evaluation.speedup, evaluation.profile.coverage

Importing this package loads neither torch nor any other heavy library; names are
resolved when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from kerneldojo.benchmark import bench, load_solutions
    from kerneldojo.config import Config
    from kerneldojo.dialogue import collect, rollout
    from kerneldojo.errors import (
        InfrastructureError,
        InvalidProblem,
        KernelDojoError,
        UsageError,
    )
    from kerneldojo.evaluation.diagnosis import diagnose
    from kerneldojo.evaluation.solution_source import load_solution
    from kerneldojo.evaluator import Evaluator, evaluate
    from kerneldojo.policies import Endpoint
    from kerneldojo.problems import Selection, list_problems, load_problem, load_problems
    from kerneldojo.records import Evaluation, Finding, FindingKind, Problem, Solution, Status
    from kerneldojo.reporting import report
    from kerneldojo.settings import EvaluationSettings
    from kerneldojo.store import Run
    from kerneldojo.strategies import Sequential, search

_HOMES = {
    "Config": "config",
    "Endpoint": "policies",
    "Evaluation": "records",
    "EvaluationSettings": "settings",
    "Evaluator": "evaluator",
    "Finding": "records",
    "FindingKind": "records",
    "InfrastructureError": "errors",
    "InvalidProblem": "errors",
    "KernelDojoError": "errors",
    "Problem": "records",
    "Run": "store",
    "Selection": "problems",
    "Sequential": "strategies",
    "Solution": "records",
    "Status": "records",
    "UsageError": "errors",
    "bench": "benchmark",
    "collect": "dialogue",
    "diagnose": "evaluation.diagnosis",
    "evaluate": "evaluator",
    "list_problems": "problems",
    "load_problem": "problems",
    "load_problems": "problems",
    "load_solution": "evaluation.solution_source",
    "load_solutions": "benchmark",
    "report": "reporting",
    "rollout": "dialogue",
    "search": "strategies",
}

__all__ = [
    "Config",
    "Endpoint",
    "Evaluation",
    "EvaluationSettings",
    "Evaluator",
    "Finding",
    "FindingKind",
    "InfrastructureError",
    "InvalidProblem",
    "KernelDojoError",
    "Problem",
    "Run",
    "Selection",
    "Sequential",
    "Solution",
    "Status",
    "UsageError",
    "bench",
    "collect",
    "diagnose",
    "evaluate",
    "list_problems",
    "load_problem",
    "load_problems",
    "load_solution",
    "load_solutions",
    "report",
    "rollout",
    "search",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'kerneldojo' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kerneldojo.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
