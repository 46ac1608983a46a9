"""All devices of this machine: warm referees on each, evaluations in order of submission.

Several evaluations may be under way on one device: while one is prepared and verified, another
is too; only who measures has the device alone (`kerneldojo.evaluation.lease`).
"""

from __future__ import annotations

import itertools
import os
import queue
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from kerneldojo.errors import (
    DeviceUnavailable,
    InfrastructureError,
    InvalidProblem,
    IsolationUnavailable,
    UsageError,
)
from kerneldojo.pool.failure import failed_evaluation
from kerneldojo.pool.referee_client import OnStage, RefereeClient
from kerneldojo.records import Environment, Evaluation, Language, LintReport, Problem, Solution
from kerneldojo.settings import EvaluationSettings

T = TypeVar("T")
_NOT_WORTH_RETRYING = (DeviceUnavailable, IsolationUnavailable)
_REFUSED = (*_NOT_WORTH_RETRYING, UsageError, InvalidProblem)
"""What a referee says that has understood the question and can take the next."""


class LocalPool:
    """Runs evaluations on this machine's devices.

    Args:
        devices: `cpu` or `cuda:N`; by default all GPUs, or the CPU.
        retries: how often an evaluation lost to a fault of ours is tried again.
        overlap: how many evaluations may be under way on one device at a time.
    """

    def __init__(self, devices: Sequence[str] = (), *, retries: int = 1, overlap: int = 1) -> None:
        self._devices = tuple(devices) or visible_devices()
        self._retries = retries
        self.capacity = len(self._devices) * overlap
        # last in, first out: a second referee is started only when one is not enough
        self._idle: queue.LifoQueue[tuple[str, RefereeClient | None]] = queue.LifoQueue()
        for device in self._devices * overlap:
            self._idle.put((device, None))
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix="kerneldojo")
        self._clients: set[RefereeClient] = set()
        self._closed = False

    def submit(
        self,
        problem: Problem,
        solution: Solution,
        settings: EvaluationSettings,
        on_stage: OnStage = lambda stage: None,
    ) -> Future[Evaluation]:
        """Queue one evaluation.

        A fault of ours is retried on a fresh referee and, if it persists, recorded as
        EVALUATION_FAILED. The future raises only what no retry can mend: the device or the
        isolation that was asked for is not to be had here.
        """
        return self._threads.submit(self._evaluate, problem, solution, settings, on_stage)

    def validate(
        self, problem: Problem, settings: EvaluationSettings, deadline_s: float
    ) -> LintReport:
        """Examine a problem; raises InfrastructureError for faults of ours."""

        def work() -> LintReport:
            return self._with_referee(
                lambda referee: referee.validate(problem, settings, deadline_s)
            )

        return self._threads.submit(work).result()

    def describe(self, settings: EvaluationSettings, language: Language) -> Environment:
        """Return where solutions would be judged; raises InfrastructureError for faults of ours."""

        def work() -> Environment:
            return self._with_referee(lambda referee: referee.describe(settings, language))

        return self._threads.submit(work).result()

    def close(self) -> None:
        """Drop what is queued and end all referees at once; what was under way has failed."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in tuple(self._clients):
            client.close()
        self._threads.shutdown(wait=True)

    def _evaluate(
        self,
        problem: Problem,
        solution: Solution,
        settings: EvaluationSettings,
        on_stage: OnStage,
    ) -> Evaluation:
        for attempt in range(self._retries + 1):
            try:
                return self._with_referee(
                    lambda referee: referee.evaluate(problem, solution, settings, on_stage)
                )
            except _NOT_WORTH_RETRYING:
                raise
            except InfrastructureError as error:
                if attempt == self._retries or self._closed:
                    return failed_evaluation(problem, solution, settings, error)
        raise AssertionError("unreachable")

    def _with_referee(self, work: Callable[[RefereeClient], T]) -> T:
        device, referee = self._idle.get()
        try:
            if referee is None:
                referee = RefereeClient(device)
                self._clients.add(referee)
            if self._closed:
                raise InfrastructureError("the pool has been closed")
            return work(referee)
        except Exception as error:
            # Whatever it was, answers may still be coming that belong to no one.
            if referee is not None and not isinstance(error, _REFUSED):
                self._clients.discard(referee)
                referee.close()
                referee = None
            raise
        finally:
            self._idle.put((device, referee))


def visible_devices() -> tuple[str, ...]:
    """Return this machine's GPUs as `cuda:N`, or `cpu` if there are none.

    The driver's own tool is asked, because asking PyTorch would load it into this process. It
    counts all of them; `CUDA_VISIBLE_DEVICES` says how many of those PyTorch will see.
    """
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ("cpu",)
    listing = subprocess.run([tool, "-L"], capture_output=True, text=True, check=False)
    count = sum(line.startswith("GPU ") for line in listing.stdout.splitlines())
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        named = itertools.takewhile(lambda name: name not in ("", "-1"), chosen.split(","))
        count = min(count, sum(1 for _ in named))
    return tuple(f"cuda:{index}" for index in range(count)) or ("cpu",)
