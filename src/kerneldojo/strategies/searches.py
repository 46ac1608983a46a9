"""Search: a strategy's best solution for each problem, judged anew before it counts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Unpack

from kerneldojo.dialogue import Conductor, Rules, Strategy, agree, hold
from kerneldojo.evaluator import Evaluator
from kerneldojo.policies import Policy
from kerneldojo.records import Problem
from kerneldojo.store import Run
from kerneldojo.strategies.parsing import parse_strategy
from kerneldojo.strategies.verification import FOLDER, Verification, Verifier

KIND = "search"
_USUAL = Verification()


def search(
    problems: Iterable[Problem],
    policy: Policy,
    evaluator: Evaluator,
    strategy: Strategy | str,
    out: str | Path,
    *,
    concurrency: int = 16,
    resume: bool = False,
    verify: Verification | None = _USUAL,
    config: Mapping[str, Any] | None = None,
    **rules: Unpack[Rules],
) -> Run:
    """Have a strategy look for the best solution of each problem, into a run directory.

    Each problem is one trajectory, whose turns form a tree. At its end the best solutions are
    judged from scratch (see `Verification`). The fastest of those that are correct again wins: it
    is named in the ending, and its source is written to `winners/` in the run. Killed at any
    moment, at most the turns and verifications under way are lost.

    Args:
        problems: what is asked; copies of an earlier problem are left out.
        policy: what answers.
        evaluator: an open `Evaluator`.
        strategy: which turns are taken, or its name (see `parse_strategy`).
        out: the run's directory, missing or empty; or that of the run to resume.
        concurrency: most problems under way at once.
        resume: go on with the run in `out`, or start it if there is none.
        verify: how winners are judged anew; None takes the best turn as it is.
        config: more of what the run was asked for, to be kept and compared on resume.
        **rules: see `Rules`.

    Returns:
        The run, closed for writing.

    Raises:
        UsageError: if the strategy has no such name, two problems have one name, the directory is
            not empty, the run to resume was asked for something else, or the policy refuses us.
        InfrastructureError: if the policy gave no answer, nothing can be judged, or nothing
            can be written. What is finished is kept.
    """
    chosen = parse_strategy(strategy) if isinstance(strategy, str) else strategy
    verifier = Verifier(evaluator, verify, Path(out) / FOLDER)
    conductor = Conductor(
        chosen,
        agree(policy, evaluator, **rules),
        concurrency=concurrency,
        conclude=verifier.conclude,
    )
    asked = {**(config or {}), "verification": dataclasses.asdict(verify) if verify else None}
    return hold(KIND, problems, conductor, out, resume=resume, config=asked)
