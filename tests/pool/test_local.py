"""The local pool: order, futures, stages, and what cannot be had here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from kerneldojo.errors import (
    DeadlineExceeded,
    DeviceUnavailable,
    IsolationUnavailable,
    UsageError,
)
from kerneldojo.evaluation.sandbox.level import IsolationLevel
from kerneldojo.evaluator import Evaluator
from kerneldojo.pool.failure import failed_evaluation
from kerneldojo.pool.local import LocalPool, visible_devices
from kerneldojo.records import ComplaintKind, Status, Usability
from tests.evaluation import samples
from tests.evaluation.samples import CPP, QUICK, cpp, python
from tests.pool.conftest import family, wait_until

PROBLEM = samples.problem()
MODULE = "kerneldojo.evaluation"


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    """Return one pool for all tests here: none of them hurts it."""
    pool = LocalPool(["cpu"], retries=1)
    yield pool
    pool.close()


def test_evaluations_come_in_order_with_their_stages(pool: LocalPool) -> None:
    finished: list[str] = []
    stages: list[str] = []
    solutions = {"good": cpp(CPP), "wrong": python("return args[0]"), "none": cpp("")}
    futures = {}
    for name, solution in solutions.items():
        future = pool.submit(PROBLEM, solution, QUICK, stages.append)
        future.add_done_callback(lambda _, name=name: finished.append(name))
        futures[name] = future
    found = {name: future.result(timeout=60).status for name, future in futures.items()}
    assert found["good"] is Status.CORRECT
    assert found["none"] is Status.INVALID_SOLUTION
    assert finished == list(solutions)
    assert stages[:4] == ["static check", "reference", "build", "verification"]


def test_a_verdict_survives_the_way_through_two_processes(pool: LocalPool) -> None:
    bad = cpp(CPP.replace("return out", "out[1, 2] = float('nan')\n        return out"))
    found = pool.submit(PROBLEM, bad, QUICK).result(timeout=60)
    assert found.status in (Status.WRONG_VALUE, Status.HACKED)
    assert found.solution_digest == bad.digest
    assert found.problem_digest == PROBLEM.digest


def test_validation_goes_through_the_same_door(pool: LocalPool) -> None:
    assert pool.validate(PROBLEM, QUICK, 30.0).verdict is not Usability.UNUSABLE
    broken = samples.problem(samples.model("raise ValueError('no')", "[torch.randn(4)]"))
    [complaint, *_] = pool.validate(broken, QUICK, 30.0).complaints
    assert complaint.kind is ComplaintKind.BROKEN_REFERENCE and "no" in complaint.evidence
    constant = samples.problem(samples.model("return torch.zeros(4)", "[torch.randn(4)]"))
    assert pool.validate(constant, QUICK, 30.0).verdict is Usability.UNUSABLE


def test_a_reference_that_never_ends_is_given_up(pool: LocalPool) -> None:
    endless = samples.problem(samples.model("while True: pass", "[torch.randn(4)]"))
    with pytest.raises(DeadlineExceeded):
        pool.validate(endless, samples.limits(load_s=0.5), 0.5)
    assert pool.validate(PROBLEM, QUICK, 30.0).verdict is not Usability.UNUSABLE


def test_what_is_not_here_is_told_and_the_referee_lives_on(pool: LocalPool) -> None:
    absent = QUICK.model_copy(update={"target": "cuda:97"})
    with pytest.raises(DeviceUnavailable, match="cuda:97"):
        pool.submit(PROBLEM, cpp(CPP), absent).result(timeout=60)
    referees = [client.process.pid for client in pool._clients]
    assert pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60).status is Status.CORRECT
    assert [client.process.pid for client in pool._clients] == referees


def test_an_isolation_below_the_floor_is_refused(pool: LocalPool) -> None:
    floor = QUICK.model_copy(update={"isolation_floor": "namespaces"})
    found = pool.submit(PROBLEM, cpp(CPP), floor)
    try:
        assert found.result(timeout=60).environment.isolation == IsolationLevel.NAMESPACES
    except IsolationUnavailable as error:
        assert "doctor" in str(error)


def test_closing_drops_what_is_queued_and_ends_everything() -> None:
    pool = LocalPool(["cpu"])
    first = pool.submit(PROBLEM, cpp(CPP), QUICK)
    first.result(timeout=60)
    queued = [
        pool.submit(PROBLEM, python("while True: pass"), samples.limits(call_s=60.0))
        for _ in range(3)
    ]
    assert wait_until(queued[0].running)
    processes = family(MODULE)
    assert len(processes) >= 3
    pool.close()
    assert wait_until(lambda: not any(process.is_running() for process in processes))
    with pytest.raises(CancelledError):
        queued[2].result(timeout=5)
    assert queued[0].result(timeout=5).status is Status.EVALUATION_FAILED


def test_a_failed_evaluation_is_no_verdict() -> None:
    record = failed_evaluation(PROBLEM, cpp(CPP), QUICK, DeviceUnavailable("no such thing"))
    assert record.status is Status.EVALUATION_FAILED
    assert not record.status.judged
    assert record.error is not None and record.error.type == "DeviceUnavailable"
    assert record.from_json(record.to_json()) == record


@pytest.mark.parametrize("spec", ["remote", "local:x", "local:0,y", "", "LOCAL"])
def test_unknown_pools_are_refused(spec: str) -> None:
    with pytest.raises(UsageError, match="local"):
        Evaluator(pool=spec)


def fake_tool(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{text}\n")
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("text", "devices"),
    [
        ("echo 'GPU 0: A (UUID: x)'; echo 'GPU 1: B (UUID: y)'", ("cuda:0", "cuda:1")),
        ("echo 'NVIDIA-SMI has failed'; exit 9", ("cpu",)),
        ("true", ("cpu",)),
    ],
)
def test_devices_are_those_the_driver_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, devices: tuple[str, ...]
) -> None:
    fake_tool(tmp_path, monkeypatch, text)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_devices() == devices


@pytest.mark.parametrize(
    ("chosen", "devices"),
    [
        ("6", ("cuda:0",)),
        ("GPU-x,GPU-y", ("cuda:0", "cuda:1")),
        ("0,1,2,3", ("cuda:0", "cuda:1")),
        ("1,-1,0", ("cuda:0",)),
        ("", ("cpu",)),
    ],
)
def test_only_gpus_that_pytorch_may_see_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, devices: tuple[str, ...]
) -> None:
    fake_tool(tmp_path, monkeypatch, "echo 'GPU 0: A (UUID: x)'; echo 'GPU 1: B (UUID: y)'")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert visible_devices() == devices


def test_a_callback_that_fails_leaves_no_answer_to_the_next_question() -> None:
    pool = LocalPool(["cpu"])

    def fail(stage: str) -> None:
        raise ZeroDivisionError

    try:
        with pytest.raises(ZeroDivisionError):
            pool.submit(PROBLEM, cpp(CPP + "# first"), QUICK, fail).result(timeout=120)
        second = cpp(CPP + "# second")
        found = pool.submit(PROBLEM, second, QUICK).result(timeout=120)
        assert found.solution_digest == second.digest
    finally:
        pool.close()


def test_two_are_under_way_on_one_device_and_one_at_a_time_measures() -> None:
    pool = LocalPool(["cpu"], overlap=2)
    stages: list[tuple[int, str]] = []
    timed = samples.TIMED
    try:
        futures = [
            pool.submit(PROBLEM, cpp(CPP + f"# {n}"), timed, lambda s, n=n: stages.append((n, s)))
            for n in range(2)
        ]
        assert [future.result(timeout=120).status for future in futures] == [Status.CORRECT] * 2
        assert len(pool._clients) == pool.capacity == 2
    finally:
        pool.close()
    alone: set[int] = set()
    for who, stage in stages:
        if stage == "timing":
            assert not alone, f"{who} timed beside {alone}"
            alone.add(who)
        elif stage == "second census":
            alone.discard(who)
    started = [who for who, stage in stages if stage == "static check"]
    assert stages.index((started[1], "static check")) < stages.index((started[0], "second census"))


def test_one_after_the_other_needs_one_referee_only() -> None:
    pool = LocalPool(["cpu"], overlap=2)
    try:
        for _ in range(2):
            pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=120)
        assert len(pool._clients) == 1
    finally:
        pool.close()
