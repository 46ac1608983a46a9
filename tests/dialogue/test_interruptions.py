"""What an interruption must not change: which turns are taken, what tables count, who may stop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from kerneldojo.dialogue import Conductor, Dialogue, Rollout, hold
from kerneldojo.dialogue.running import called_in_loop, run_to_end
from kerneldojo.records import End, Ending, Entry, Trajectory, TurnRecord
from kerneldojo.settings import Budget, DialogueSettings, StopRules
from kerneldojo.store import Run
from tests.dialogue.talk import Script, code, problem, terms

PATIENT = DialogueSettings(example=False, hardware=False, stop=StopRules(patience=2))


@pytest.mark.parametrize("changes", [{"settings": PATIENT}, {"budget": Budget(tokens=200)}])
def test_turns_begun_together_are_all_taken_again(changes: dict[str, object]) -> None:
    def together(dialogue: Dialogue) -> list[str]:
        turns = (dialogue.turn(place) for place in "abcde")
        return [turn.record.place for turn in asyncio.run(dialogue.together(turns))]

    before = Dialogue(problem(), terms(Script(*"abcde"), **changes))
    assert together(before) == [*"abcde"]
    known = Trajectory(before.record, problem(), before.turns[:3])
    after = Dialogue(problem(), terms(Script(*"de"), **changes), known=known)
    assert together(after) == [*"abcde"]


class Killed(BaseException):
    """As if the process were gone."""


@pytest.mark.parametrize("after", [TurnRecord, Entry])
def test_a_turn_taken_again_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: type
) -> None:
    add = Run.add

    def killed(run: Run, record: object) -> None:
        if isinstance(record, TurnRecord | Entry) and not isinstance(record, after):
            raise Killed
        add(run, record)  # type: ignore[arg-type]

    def held(*replies: str) -> Run:
        conductor = Conductor(Rollout(1), terms(Script(*replies)))
        return hold("collect", [problem()], conductor, tmp_path / "run", resume=True)

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(Run, "add", killed)
        held(code("wrong"))
    run = held(code("correct", 2.0))
    [trajectory] = run.trajectories()
    [turn] = trajectory.turns
    entries = Counter((entry.turn, entry.solution_digest) for entry in run.entries())
    assert entries == {(0, turn.record.solution_digest): 1}


def test_of_what_has_ended_no_turns_are_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold("collect", [problem()], Conductor(Rollout(2), terms(Script("a", "b"))), tmp_path / "run")
    seen: list[Trajectory] = []

    async def conduct(conductor: Conductor, problems: object) -> None:
        seen.extend(conductor.known.values())

    monkeypatch.setattr(Conductor, "conduct", conduct)
    again = Conductor(Rollout(2), terms(Script()))
    hold("collect", [problem()], again, tmp_path / "run", resume=True)
    [one] = seen
    assert isinstance(one.ending, Ending) and one.ending.end is End.TURNS
    assert one.turns == []


class Alarm(Exception):
    """What a signal's handler may raise, such as that of a test that takes too long."""


def ring(*_: object) -> None:
    raise Alarm


@pytest.mark.parametrize(
    ("handler", "error"), [(signal.default_int_handler, KeyboardInterrupt), (ring, Alarm)]
)
def test_what_runs_beside_a_loop_can_be_interrupted(
    handler: Callable[..., object], error: type[BaseException]
) -> None:
    """As in a notebook: the work is told to stop, and tidies up before anything else goes on."""
    begun, tidied, main = threading.Event(), threading.Event(), threading.get_ident()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            tidied.set()

    def interrupt() -> None:
        begun.wait()
        signal.pthread_kill(main, signal.SIGINT)

    async def notebook() -> None:
        threading.Thread(target=interrupt).start()
        run_to_end(work())

    loop = asyncio.new_event_loop()  # as asyncio.run would take the signal for itself
    # what a shell starts in the background ignores the signal
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(error):
            loop.run_until_complete(notebook())
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()
    assert tidied.is_set()


def test_who_calls_a_loop_that_is_gone_is_ignored() -> None:
    heard: list[str] = []

    async def work() -> object:
        call = called_in_loop(heard.append)
        await asyncio.to_thread(call, "during")
        await asyncio.sleep(0)
        return call

    call = asyncio.run(work())
    assert callable(call)
    call("afterwards")
    assert heard == ["during"]
