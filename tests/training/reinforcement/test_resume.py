"""An interruption changes nothing: neither between checkpoints nor amid a step's dialogues."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import Evaluation, Problem, Solution
from kerneldojo.store import Run
from kerneldojo.training import checkpoints
from kerneldojo.training.reinforcement.journal import read_steps, read_validations
from tests.training.reinforcement.world import (
    Interrupted,
    Judge,
    Stop,
    correct,
    problem,
    train,
    weights,
    without_times,
    wrong,
)

WANTED: dict[str, Any] = {
    "steps": 4,
    "checkpoint_steps": 2,
    "schedule": "length",
    "mismatch": "mrs",
    "mismatch_acceptance": 0.4,
    "mismatch_batches": 3,
    "instructive": True,
    "redraws": 1,
    "profiling_rejection": True,
    "updates": 2,
    "sampler_precision": "bfloat16",
    "sampler_batch_size": 1,  # replies drawn with others depend on them in their last bits
    "validate_steps": 2,
    "validation": (problem(99),),
}


def verdict(_: Problem, solution: Solution) -> Evaluation:
    """Judge some wrong, and the others by their words; lazy ones are among them."""
    number = int(solution.digest[:4], 16)
    return correct(0.5 + number % 1000 / 500, number % 97 / 97) if number % 3 else wrong()


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Who has judged the run that nothing has interrupted."""
    return Judge(verdict)


@pytest.fixture(scope="module")
def whole(model: Path, judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing has interrupted."""
    run = tmp_path_factory.mktemp("whole") / "run"
    train(model, run, judge, **WANTED)
    return run


def digests(judge: Judge) -> list[str]:
    """Return what was judged, in an order that is always the same."""
    return sorted(solution.digest for _, solution in judge.asked)


def state(run: Path) -> list[bytes]:
    """Return model, optimizer and our own state at the end."""
    last = run / "checkpoints" / "checkpoint-8"
    names = ("model.safetensors", "optimizer.pt", "scheduler.pt", "practice.json")
    return [(last / name).read_bytes() for name in names]


def test_what_is_tried_out_here_takes_part(whole: Path) -> None:
    steps = read_steps(whole)
    assert all(step.skipped is None for step in steps)
    assert sum(step.rejected_profiling or 0 for step in steps) > 0
    assert sum(step.rejected_mismatch or 0 for step in steps) > 0  # once it is calibrated
    assert (whole / "rollouts").is_dir()
    assert [each.step for each in read_validations(whole)] == [0, 2, 4]
    folders = sorted(each.name for each in (whole / "checkpoints").iterdir())
    assert folders == ["checkpoint-4", "checkpoint-8"]


@pytest.mark.parametrize("at", [1, 3])
def test_an_interruption_between_steps_changes_nothing(
    at: int, model: Path, tmp_path: Path, whole: Path, judge: Judge
) -> None:
    run, mine = tmp_path / "run", Judge(verdict)
    with pytest.raises(Interrupted):
        train(model, run, mine, **WANTED, watcher=Stop(at))
    assert not (run / "model").exists()
    again = train(model, run, mine, **WANTED, resume=True)
    assert without_times(again) == without_times(read_steps(whole))
    assert state(run) == state(whole)
    assert weights(run / "model") == weights(whole / "model")
    assert digests(mine) == digests(judge)  # nothing was judged again


class Killer(Judge):
    """Interrupts the training at its n-th verdict."""

    def __init__(self, at: int) -> None:
        super().__init__(verdict)
        self._at = at

    def _found(self, problem: Problem, solution: Solution, number: int) -> Any:
        if number == self._at:
            raise Interrupted
        return super()._found(problem, solution, number)


@pytest.mark.parametrize("at", [3, 25])
def test_an_interruption_amid_dialogues_changes_nothing(
    at: int, model: Path, tmp_path: Path, whole: Path
) -> None:
    run, judge = tmp_path / "run", Killer(at)
    with pytest.raises(Interrupted):
        train(model, run, judge, **WANTED)
    again = train(model, run, judge, **WANTED, resume=True)
    assert without_times(again) == without_times(read_steps(whole))
    assert state(run) == state(whole)


def test_a_last_validation_that_was_interrupted_is_gone_on_with(
    model: Path, tmp_path: Path, whole: Path
) -> None:
    run = tmp_path / "run"
    judge = Judge(verdict)
    seen = threading.Event()

    def stop_in_the_last(problem: Problem, solution: Solution) -> Evaluation:
        done = checkpoints.last(run)
        final = done is not None and checkpoints.is_final(done)
        if final and problem.name.endswith("p99") and not seen.is_set():
            seen.set()
            raise Interrupted
        return verdict(problem, solution)

    judge.verdict = stop_in_the_last
    with pytest.raises(Interrupted):
        train(model, run, judge, **WANTED)
    train(model, run, judge, **WANTED, resume=True)
    assert read_validations(run)[-1].step == 4
    assert weights(run / "model") == weights(whole / "model")


def test_a_run_that_has_ended_is_left_as_it_is(model: Path, tmp_path: Path, whole: Path) -> None:
    judge = Judge(lambda *_: pytest.fail("nothing is to be judged"))
    before = weights(whole / "model")
    train(model, whole, judge, **WANTED, resume=True)
    assert weights(whole / "model") == before


def test_a_run_of_other_settings_is_not_gone_on_with(model: Path, whole: Path) -> None:
    with pytest.raises(UsageError, match=r"rl\.seed.*reward\.speedup_clip|rl\.seed"):
        train(model, whole, Judge(verdict), **{**WANTED, "seed": 7}, resume=True)
    with pytest.raises(UsageError, match="problems"):
        train(
            model, whole, Judge(verdict), **WANTED, problems=[problem(5), problem(6)], resume=True
        )
    with pytest.raises(UsageError, match="--resume"):
        train(model, whole, Judge(verdict), **WANTED)


def test_the_dialogues_of_a_step_are_an_ordinary_run(whole: Path) -> None:
    step = Run.open(whole / "rollouts" / "step-000001")
    assert step.kind == "rollouts"
    found = list(step.trajectories())
    assert len(found) == 8
    assert all(each.ending is not None and len(each.turns) == 2 for each in found)
    assert len(list(step.evaluations())) >= 8
