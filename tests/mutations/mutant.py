"""Judges attacks with some guards removed; prints one JSON line for each.

    python -m tests.mutations.mutant GUARD[,GUARD...] ATTACK...

As `python -m tests.mutations.mutant zygote GUARDS ARGUMENTS...` it is the zygote of that run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kerneldojo.errors import InfrastructureError
from kerneldojo.problems import load_problem
from kerneldojo.records import Problem, Status
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan
from tests.attacks.corpus import Entry, attacks
from tests.mutations import guards

if TYPE_CHECKING:
    from kerneldojo.evaluation.referee.referee import Referee

_MARKER = Path("/var/tmp/kerneldojo_attack_marker")
SETTINGS = EvaluationSettings(
    limits=Limits(load_s=60.0, call_s=5.0, memory_mb=4096),
    timing=TimingPlan(budget_s=0.3, warmup=1, min_pairs=5, max_pairs=7),
    profile_samples=12,
)


def main() -> None:
    """Run as the referee, or as its zygote."""
    if sys.argv[1] == "zygote":
        _be_zygote(sys.argv[2], sys.argv[3:])
    else:
        _judge(sys.argv[1], sys.argv[2:])


def _be_zygote(names: str, arguments: list[str]) -> None:
    from kerneldojo.evaluation import zygote

    sys.argv = ["zygote", *arguments]
    zygote.main(prepare=lambda: _remove(names, guards.PLAYER))


def _judge(names: str, attack_ids: list[str]) -> None:
    from kerneldojo.evaluation.referee import zygote_process
    from kerneldojo.evaluation.referee.referee import Referee

    _remove(names, guards.REFEREE)
    zygote_process.ZYGOTE_PROGRAM = ("-m", "tests.mutations.mutant", "zygote", names)
    referee = Referee()
    referee.warm()
    for attack in attacks():
        if attack.id not in attack_ids:
            continue
        problem = load_problem(attack.problem)
        if "workloads" not in names.split(","):
            problem = _without_largest(problem)
        status, fatal = _verdict(referee, problem, attack)
        caught = status in attack.statuses
        row = {"attack": attack.id, "status": status, "fatal": fatal, "caught": caught}
        print(json.dumps(row), flush=True)
    referee.close()
    _MARKER.unlink(missing_ok=True)  # without guards an attack may have got that far


def _verdict(referee: Referee, problem: Problem, attack: Entry) -> tuple[Status, list[str]]:
    """Judge one attack; with a guard missing the referee itself may stumble."""
    try:
        evaluation = referee.evaluate(problem, attack.solution, SETTINGS)
    except (InfrastructureError, LookupError):
        return Status.EVALUATION_FAILED, []
    return evaluation.status, sorted(f.kind for f in evaluation.findings if f.fatal)


def _without_largest(problem: Problem) -> Problem:
    """Return the problem with its largest workload left out, to be quicker."""
    metadata = problem.metadata.model_copy(update={"workloads": problem.metadata.workloads[1:]})
    return problem.model_copy(update={"metadata": metadata})


def _remove(names: str, which: dict[str, object]) -> None:
    for name in names.split(","):
        removal = which.get(name)
        if callable(removal):
            removal()


if __name__ == "__main__":
    main()
