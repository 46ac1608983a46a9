"""Keeps an evaluator busy, and writes each verdict down as it comes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Protocol

from kerneldojo.records import Entry, Evaluation, Problem, Solution
from kerneldojo.store import Run
from kerneldojo.store.rows import Pair

OnStage = Callable[[Entry, str], None]
"""Called, from another thread, with each stage of an evaluation as it starts."""
OnDone = Callable[[Entry, Evaluation | None], None]
"""Called with each entry that has its verdict; None if the run had it already."""

_SPARE = 2
"""How many evaluations wait in the queue, so that no referee ever waits for one."""


class Judge(Protocol):
    """What a bench needs of an `Evaluator`."""

    settings: Any

    def submit(
        self, problem: Problem, solution: Solution, on_stage: Callable[[str], None]
    ) -> Future[Evaluation]:
        """Queue one solution."""
        ...


class Pipeline:
    """A bounded number of evaluations under way.

    The evaluator's own queue has no bound: with everything in it at once, an interruption
    would have to take back what never began, and memory would hold every solution.
    """

    def __init__(self, run: Run, evaluator: Judge, on_stage: OnStage, on_done: OnDone) -> None:
        self._run = run
        self._known = run.settled()
        self._evaluator = evaluator
        self._on_stage = on_stage
        self._on_done = on_done
        self._window = int(getattr(evaluator, "capacity", 2)) + _SPARE
        self._waiting: dict[Future[Evaluation], list[Entry]] = {}
        self._under_way: dict[Pair, Future[Evaluation]] = {}

    def put(self, problem: Problem, solution: Solution, entry: Entry) -> None:
        """Have an entry judged, once there is room; equal questions are asked once."""
        pair = _pair(entry)
        while pair not in self._known and pair not in self._under_way:
            if len(self._waiting) < self._window:
                future = self._evaluator.submit(
                    problem, solution, lambda stage: self._on_stage(entry, stage)
                )
                self._under_way[pair] = future
                self._waiting[future] = []
            else:
                self._collect()
        if pair in self._known:
            self._on_done(entry, None)
        else:
            self._waiting[self._under_way[pair]].append(entry)

    def drain(self) -> None:
        """Wait for all that is under way."""
        while self._waiting:
            self._collect()

    def salvage(self) -> None:
        """Write down the verdicts that are there already, because the bench is being ended.

        A fault of ours may be a consequence of that end and is left out.
        """
        for future in [one for one in self._waiting if one.done() and not one.cancelled()]:
            if future.exception() is None and future.result().status.judged:
                self._finish(future)

    def _collect(self) -> None:
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in [one for one in self._waiting if one in done]:  # in order of being asked
            self._finish(future)

    def _finish(self, future: Future[Evaluation]) -> None:
        evaluation = future.result()
        self._run.add(evaluation)
        entries = self._waiting.pop(future)
        pair = _pair(entries[0])
        self._known.add(pair)
        del self._under_way[pair]
        for entry in entries:
            self._on_done(entry, evaluation)


def _pair(entry: Entry) -> Pair:
    return entry.problem_digest, entry.solution_digest
