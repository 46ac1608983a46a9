"""A referee's process, seen from outside: start it, ask it, notice when it is gone."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from kerneldojo import errors
from kerneldojo.errors import DeadlineExceeded, InfrastructureError, KernelDojoError, RefereeDied
from kerneldojo.evaluation import wire
from kerneldojo.records import Environment, Evaluation, Language, LintReport, Problem, Solution
from kerneldojo.settings import EvaluationSettings

_START_S = 180.0
OnStage = Callable[[str], None]


class RefereeClient:
    """One referee on one device; not for several threads at once."""

    def __init__(self, device: str = "cpu", isolation: str = "auto") -> None:
        ours, theirs = wire.channel_pair(wire.MAX_TRUSTED)
        # waiting threads must not burn the cores that players are timed on
        environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "kerneldojo.evaluation.referee.server",
                str(theirs.fileno()),
                device,
                isolation,
            ],
            pass_fds=(theirs.fileno(),),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self._channel = ours
        self._ready = False

    def evaluate(
        self,
        problem: Problem,
        solution: Solution,
        settings: EvaluationSettings,
        on_stage: OnStage = lambda stage: None,
    ) -> Evaluation:
        """Judge one solution.

        Raises:
            InfrastructureError: for any fault of ours (see errors).
        """
        request = self._request(
            "evaluate", problem, settings, solution=solution.model_dump(mode="json")
        )
        reply = self._ask(request, _deadline(settings), on_stage)
        return Evaluation.model_validate(reply["evaluation"])

    def validate(
        self, problem: Problem, settings: EvaluationSettings, deadline_s: float
    ) -> LintReport:
        """Examine a problem; one call of its reference may outlast the deadline.

        Raises:
            DeadlineExceeded: if even that call does not end; the referee is dead then.
            InfrastructureError: for any other fault of ours.
        """
        request = self._request("validate", problem, settings, deadline_s=deadline_s)
        patience = deadline_s + settings.limits.load_s
        reply = self._ask(request, patience, lambda stage: None)
        return LintReport.model_validate(reply["report"])

    def describe(self, settings: EvaluationSettings, language: Language) -> Environment:
        """Return where solutions in a language would be judged.

        Raises:
            InfrastructureError: for any fault of ours.
        """
        request = {
            "op": "describe",
            "settings": settings.model_dump(mode="json"),
            "language": language.value,
        }
        reply = self._ask(request, _deadline(settings), lambda stage: None)
        return Environment.model_validate(reply["environment"])

    def close(self) -> None:
        """End the referee and everything it started; a thread that waits for it is told."""
        with contextlib.suppress(OSError):
            self._channel.sock.shutdown(socket.SHUT_RDWR)
        self._channel.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _request(
        self, op: str, problem: Problem, settings: EvaluationSettings, **more: Any
    ) -> dict[str, Any]:
        return {
            "op": op,
            "problem": problem.model_dump(mode="json"),
            "settings": settings.model_dump(mode="json"),
            **more,
        }

    def _ask(self, request: dict[str, Any], deadline: float, on_stage: OnStage) -> dict[str, Any]:
        try:
            if not self._ready:
                self._next(_START_S)
                self._ready = True
            self._channel.send(request)
            while "stage" in (reply := self._next(deadline)):
                on_stage(str(reply["stage"]))
            return reply
        except wire.ChannelClosed as error:
            code = self.process.wait()
            raise RefereeDied(f"the referee ended with code {code} before its verdict") from error
        except TimeoutError as error:
            self.process.kill()
            raise DeadlineExceeded(
                f"the referee gave no sign of life for {deadline:g} s"
            ) from error

    def _next(self, timeout: float) -> dict[str, Any]:
        reply = self._channel.receive(timeout)
        if (fault := reply.get("fault")) is not None:
            raise _fault(str(fault["type"]), str(fault["message"]))
        return reply


def _deadline(settings: EvaluationSettings) -> float:
    """Longest time between two signs of life that a working referee may take, in seconds."""
    limits = settings.limits
    return 4 * limits.load_s + 60 * limits.call_s + 10 * settings.timing.budget_s + 120


def _fault(name: str, message: str) -> KernelDojoError:
    kind = getattr(errors, name, InfrastructureError)
    return kind(message) if issubclass(kind, KernelDojoError) else InfrastructureError(message)
