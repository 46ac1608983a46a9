"""One search on the command line, from the first question to the report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerneldojo.cli import options, own_module, search_result
from kerneldojo.cli.asking import ended_before, keeping, policy_of, rules_of
from kerneldojo.cli.many_view import ManyView
from kerneldojo.cli.output import print_json
from kerneldojo.cli.session import NOT_CORRECT, OK, Session, open_evaluator
from kerneldojo.cli.turns_view import TurnsView
from kerneldojo.dialogue import Strategy
from kerneldojo.errors import InvalidProblem
from kerneldojo.records import End, Problem, Trajectory
from kerneldojo.strategies import search

RUNS = Path("runs")


def default_out(problems: Sequence[Problem], *, resume: bool) -> Path:
    """Return `runs/NAME-N` for the next free N, or for the last one there is if it is resumed."""
    name = problems[0].name.rpartition("/")[2] if len(problems) == 1 else "search"
    pattern = re.compile(re.escape(name) + r"-(\d+)")
    known = [path.name for path in RUNS.iterdir()] if RUNS.is_dir() else []
    numbers = [int(match[1]) for match in map(pattern.fullmatch, known) if match]
    last = max(numbers, default=0)
    return RUNS / f"{name}-{max(last, 1) if resume else last + 1}"


@dataclass(frozen=True)
class Searching:
    """What is searched for, by whom, and where it is kept."""

    session: Session
    problems: list[Problem]
    strategy: Strategy
    out: Path
    asked: dict[str, Any]
    own: bool
    """Whether the problem is a file of the user's own, which nobody has tried out yet."""

    def hold(self, asking: options.Asking, running: options.Running) -> list[Trajectory]:
        """Search, and return the trajectories of these problems."""
        session, single = self.session, len(self.problems) == 1
        policy = policy_of(session, asking)
        before = ended_before(self.out, resume=running.resume)
        view = (
            TurnsView(session.progress)
            if single
            else ManyView(session.progress, len(self.problems), before)
        )
        with open_evaluator(session.config) as evaluator:
            if self.own and not (running.resume and self.out.exists()):
                own_module.examine(session, self.problems[0], evaluator)
            with keeping(session, self.out, view):
                run = search(
                    self.problems,
                    policy,
                    evaluator,
                    self.strategy,
                    self.out,
                    concurrency=running.concurrency,
                    resume=running.resume,
                    config=self.asked,
                    **rules_of(session.config, view),
                )
        return list(run.trajectories())

    def report(self, trajectories: list[Trajectory]) -> int:
        """Show what was found and return the exit code."""
        session = self.session
        if session.json:
            found = search_result.as_json(self.out, trajectories)
            print_json({"run": str(self.out), "strategy": self.strategy.name, "problems": found})
        broken = [each for each in trajectories if each.ending and each.ending.end is End.PROBLEM]
        if len(trajectories) == 1 and broken:
            assert broken[0].ending is not None
            raise InvalidProblem(broken[0].ending.note)
        if len(trajectories) == 1:
            search_result.show_one(session, self.out, trajectories[0])
        else:
            search_result.show_many(session, self.out, trajectories)
        return OK if any(map(search_result.winner_of, trajectories)) else NOT_CORRECT
