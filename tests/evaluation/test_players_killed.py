"""Players that vanish: the solution's is judged, the reference's is a fault of ours."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import psutil
import pytest

from kerneldojo.errors import InfrastructureError
from kerneldojo.evaluation.referee.player_process import Player
from kerneldojo.evaluation.referee.referee import Referee
from kerneldojo.evaluation.referee.session import Session
from kerneldojo.records import Problem, Status
from tests.evaluation import samples
from tests.evaluation.conftest import Judge
from tests.evaluation.samples import CPP, cpp, limits, python


def when_called(monkeypatch: pytest.MonkeyPatch, hurt: Callable[[int], None]) -> None:
    """Hurt the player from another thread as soon as it is computing."""
    started = Player.go

    def go(self: Player, timeout: float, stage: str) -> object:
        def hit() -> None:
            process = psutil.Process(self.pid)
            before = process.cpu_times().user
            while process.cpu_times().user < before + 0.05:
                pass
            hurt(self.pid)

        thread = threading.Thread(target=hit)
        thread.start()
        try:
            return started(self, timeout, stage)
        finally:
            thread.join()

    monkeypatch.setattr(Player, "go", go)


def test_a_player_killed_in_the_middle_of_a_call(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    # nobody but the system's memory killer sends SIGKILL, and it picks who uses much
    when_called(monkeypatch, lambda pid: os.kill(pid, signal.SIGKILL))
    found = judge(python("while True: pass"), settings=limits(call_s=20.0))
    assert found.status is Status.OUT_OF_MEMORY
    assert found.error is not None and "verification" in found.error.message
    assert found.costs.total_s < 15


def test_after_a_death_the_next_solution_is_judged_as_ever(judge: Judge) -> None:
    assert judge(python("os._exit(9)")).status is Status.RUNTIME_ERROR
    assert judge(cpp(CPP)).status is Status.CORRECT


def test_a_stopped_player_is_a_timeout(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    when_called(monkeypatch, lambda pid: os.kill(pid, signal.SIGSTOP))
    found = judge(python("while True: pass"), settings=limits(call_s=0.5, load_s=1.0))
    assert found.status is Status.TIMEOUT


def own_session(referee: Referee, problem: Problem) -> Session:
    (session,) = (one for one in referee._sessions.values() if one.problem is problem)
    return session


def reference_pid(referee: Referee, problem: Problem) -> int:
    subject = own_session(referee, problem)._player
    assert subject is not None
    return subject.player.pid


def test_the_reference_s_player_is_replaced_when_it_is_gone(judge: Judge, referee: Referee) -> None:
    problem = samples.another("gone")
    assert judge(cpp(CPP), problem, samples.TIMED).status is Status.CORRECT
    process = psutil.Process(reference_pid(referee, problem))
    process.kill()
    psutil.wait_procs([process], timeout=5)
    assert judge(cpp(CPP), problem, samples.TIMED).status is Status.CORRECT
    assert reference_pid(referee, problem) != process.pid


def test_the_reference_s_player_dying_while_timing_is_a_fault_of_ours(
    judge: Judge, referee: Referee, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = samples.another("dies")
    assert judge(cpp(CPP), problem, samples.TIMED).status is Status.CORRECT
    victim, started = reference_pid(referee, problem), Player.go

    def go(self: Player, timeout: float, stage: str) -> object:
        if self.pid == victim:
            os.kill(victim, signal.SIGKILL)
        return started(self, timeout, stage)

    monkeypatch.setattr(Player, "go", go)
    with pytest.raises(InfrastructureError, match="reference"):
        judge(cpp(CPP), problem, samples.TIMED)
    monkeypatch.undo()
    assert judge(cpp(CPP), problem, samples.TIMED).status is Status.CORRECT


def test_a_player_that_cannot_be_confined_is_a_fault_of_ours(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = samples.QUICK.limits.model_copy(update={"scratch_mb": -5})
    with pytest.raises(InfrastructureError, match="did not start"):
        judge(cpp(CPP), settings=samples.QUICK.model_copy(update={"limits": broken}))
    assert judge(cpp(CPP)).status is Status.CORRECT
