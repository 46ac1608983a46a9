"""The door for library users: judge solutions wherever the pool puts them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, as_completed
from pathlib import Path
from types import TracebackType
from typing import Self

from kerneldojo.errors import UsageError
from kerneldojo.evaluation.solution_source import load_solution
from kerneldojo.pool.local import LocalPool
from kerneldojo.pool.referee_client import OnStage
from kerneldojo.problems import load_problem
from kerneldojo.records import Environment, Evaluation, Language, LintReport, Problem, Solution
from kerneldojo.settings import EvaluationSettings
from kerneldojo.store import Cache, cache_key
from kerneldojo.store.memory import Memory

ProblemLike = Problem | str | Path
SolutionLike = Solution | str | Path


class Evaluator:
    """Keeps warm referees; use it as a context manager or call `close`.

    Args:
        settings: what an evaluation does (docs/settings.md).
        pool: `local` for every device of this machine, `local:0,1` for some GPUs.
        retries: how often an evaluation lost to a fault of ours is tried again.
        overlap: how many evaluations may be under way on a device, one measuring at a time.
        cache: keep verdicts, and answer what has been asked before on this machine from there:
            True for the user's own cache, a path for another file, or a `Cache`. It is closed
            with the evaluator. An answer from the cache is the recorded evaluation.
    """

    def __init__(
        self,
        settings: EvaluationSettings | None = None,
        pool: str = "local",
        *,
        retries: int = 1,
        overlap: int = 2,
        cache: bool | str | Path | Cache = False,
    ) -> None:
        self.settings = settings or EvaluationSettings()
        self._devices = _devices(pool, self.settings)
        self._memory = _memory(cache)
        self._pool = LocalPool(self._devices, retries=retries, overlap=overlap)

    @property
    def capacity(self) -> int:
        """How many evaluations can be under way at once."""
        return self._pool.capacity

    def submit(
        self,
        problem: ProblemLike,
        solution: SolutionLike,
        on_stage: OnStage = lambda stage: None,
        *,
        anew: EvaluationSettings | None = None,
    ) -> Future[Evaluation]:
        """Queue one solution; the future's result is its `Evaluation`.

        Args:
            problem: a problem, its name or its file.
            solution: a solution, its source or its file.
            on_stage: called, from another thread, with the name of each stage as it starts.
            anew: settings for this evaluation alone, which is then made in any case: the cache
                is neither asked nor told.

        Raises:
            UsageError: if problem or solution cannot be read.
        """
        task = _problem(problem)
        answer = _solution(solution, task)

        def ask() -> Future[Evaluation]:
            return self._pool.submit(task, answer, anew or self.settings, on_stage)

        if self._memory is None or anew is not None:
            return ask()
        key = cache_key(task, answer, self.settings, self._devices)
        return self._memory.recall(key, task.name, ask)

    def evaluate(
        self,
        problem: ProblemLike,
        solution: SolutionLike,
        on_stage: OnStage = lambda stage: None,
    ) -> Evaluation:
        """Judge one solution and wait for the verdict.

        Raises:
            UsageError: if problem or solution cannot be read.
            InfrastructureError: if the device or isolation asked for is not to be had.
        """
        return self.submit(problem, solution, on_stage).result()

    def map(self, problem: ProblemLike, solutions: Iterable[SolutionLike]) -> Iterator[Evaluation]:
        """Judge many solutions of one problem; yields evaluations as they finish.

        Each names its solution by `solution_digest`.
        """
        loaded = _problem(problem)
        futures = [self.submit(loaded, solution) for solution in solutions]
        for future in as_completed(futures):
            yield future.result()

    def validate(self, problem: ProblemLike, *, deadline_s: float = 60.0) -> LintReport:
        """Examine a problem: could a reward be had from it without the work?

        Args:
            problem: a problem, its name or its file.
            deadline_s: after this many seconds no further check is begun; a call of the
                reference that is under way is not cut short.

        Raises:
            UsageError: if the problem cannot be read.
            DeadlineExceeded: if a single call of the reference does not end.
            InfrastructureError: for any other fault of ours.
        """
        return self._pool.validate(_problem(problem), self.settings, deadline_s)

    def environment(self, language: Language = Language.TRITON) -> Environment:
        """Return where solutions in a language would be judged: device, versions, isolation.

        Raises:
            InfrastructureError: if the device or isolation asked for is not to be had.
        """
        return self._pool.describe(self.settings, language)

    def close(self) -> None:
        """End all referees and players."""
        self._pool.close()
        if self._memory is not None:
            self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def evaluate(
    problem: ProblemLike,
    solution: SolutionLike,
    *,
    target: str | None = None,
    settings: EvaluationSettings | None = None,
) -> Evaluation:
    """Judge one solution with a referee of its own (seconds to start; see `Evaluator`).

    Raises:
        UsageError: if problem or solution cannot be read.
        InfrastructureError: if the device or isolation asked for is not to be had.
    """
    settings = settings or EvaluationSettings()
    if target is not None:
        settings = EvaluationSettings.model_validate({**settings.model_dump(), "target": target})
    with contextlib.closing(Evaluator(settings)) as evaluator:
        return evaluator.evaluate(problem, solution)


def _devices(pool: str, settings: EvaluationSettings) -> tuple[str, ...]:
    if settings.target.startswith("cuda:"):
        return (settings.target,)
    if settings.target in ("cpu", "interpreter") or settings.target.startswith("aot"):
        return ("cpu",)
    kind, _, chosen = pool.partition(":")
    if kind != "local" or not all(part.isdigit() for part in chosen.split(",") if chosen):
        raise UsageError(f"pool {pool!r} is unknown; allowed: 'local' or 'local:0,1' (GPU indices)")
    return tuple(f"cuda:{index}" for index in chosen.split(",")) if chosen else ()


def _memory(cache: bool | str | Path | Cache) -> Memory | None:
    if cache is False:
        return None
    if isinstance(cache, Cache):
        return Memory(cache)
    return Memory(Cache(None if cache is True else cache))


def _problem(problem: ProblemLike) -> Problem:
    return problem if isinstance(problem, Problem) else load_problem(problem)


def _solution(solution: SolutionLike, problem: Problem) -> Solution:
    if isinstance(solution, Solution):
        return solution
    return load_solution(solution, problem=problem.name)
