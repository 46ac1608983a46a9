"""Judges attacks with some guards removed; prints one JSON line for each.

    python -m tests.mutations.mutant GUARD[,GUARD...] ATTACK...

As `python -m tests.mutations.mutant zygote GUARDS ARGUMENTS...` it is the zygote of that run.
"""

from __future__ import annotations

import json
import sys

from kerneldojo.problems import load_problem
from kerneldojo.settings import EvaluationSettings, Limits, TimingPlan
from tests.mutations import guards

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
    from kerneldojo.evaluation.referee import player_process
    from kerneldojo.evaluation.referee.referee import Referee
    from tests.attacks.corpus import attacks

    _remove(names, guards.REFEREE)
    player_process.ZYGOTE_PROGRAM = ("-m", "tests.mutations.mutant", "zygote", names)
    referee = Referee()
    referee.warm()
    for attack in attacks():
        if attack.id not in attack_ids:
            continue
        evaluation = referee.evaluate(load_problem(attack.problem), attack.solution, SETTINGS)
        fatal = sorted(finding.kind for finding in evaluation.findings if finding.fatal)
        caught = evaluation.status in attack.statuses
        row = {"attack": attack.id, "status": evaluation.status, "fatal": fatal, "caught": caught}
        print(json.dumps(row), flush=True)
    referee.close()


def _remove(names: str, which: dict[str, object]) -> None:
    for name in names.split(","):
        removal = which.get(name)
        if callable(removal):
            removal()


if __name__ == "__main__":
    main()
