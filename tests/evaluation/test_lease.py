"""The lease: many inside, one alone, nobody starved, nothing left behind by the dead."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kerneldojo.evaluation import lease as lease_module
from kerneldojo.evaluation.lease import Lease
from tests.pool.conftest import wait_until


@pytest.fixture
def make(tmp_path: Path) -> Callable[[], Lease]:
    """Return a maker of leases on one device, as several referees would have them."""
    return lambda: Lease("cpu", tmp_path)


def test_many_share_the_room(make: Callable[[], Lease]) -> None:
    with make().shared(), make().shared():
        pass


def test_one_who_measures_waits_for_the_others_and_keeps_them_out(
    make: Callable[[], Lease],
) -> None:
    events: list[str] = []
    measuring, done = threading.Event(), threading.Event()
    worker, meter = make(), make()

    def measure() -> None:
        with meter.shared(), meter.alone():
            events.append("alone")
            measuring.set()
            assert done.wait(20)
            events.append("measured")

    with worker.shared():
        thread = threading.Thread(target=measure)
        thread.start()
        assert not measuring.wait(0.1), "nobody measures while others work"
        threading.Thread(target=lambda: (measuring.wait(20), done.set())).start()
        worker.pause()
        events.append("went on")
    thread.join(20)
    assert events == ["alone", "measured", "went on"]


def test_who_comes_after_the_one_who_waits_to_measure_waits_too(
    make: Callable[[], Lease],
) -> None:
    order: list[str] = []
    worker, meter, late = make(), make(), make()

    def measure() -> None:
        with meter.alone():
            order.append("measured")

    def come_late() -> None:
        with late.shared():
            order.append("late")

    with worker.shared():
        threads = [threading.Thread(target=measure)]
        threads[0].start()
        assert wait_until(lambda: _closed(worker))
        threads.append(threading.Thread(target=come_late))
        threads[1].start()
    for thread in threads:
        thread.join(20)
    assert order == ["measured", "late"]


def test_a_pause_while_alone_lets_nobody_in(make: Callable[[], Lease]) -> None:
    meter, other = make(), make()
    entered = threading.Event()

    def enter() -> None:
        with other.shared():
            entered.set()

    with meter.shared(), meter.alone():
        thread = threading.Thread(target=enter)
        thread.start()
        meter.pause()
        assert not entered.wait(0.1)
    thread.join(20)
    assert entered.is_set()


def test_the_dead_hold_nothing(make: Callable[[], Lease]) -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with make().alone():
            os.write(writer, b"x")
            signal.pause()
    assert os.read(reader, 1) == b"x"
    assert _closed(make())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with make().alone():
        pass


def test_patience_ends(make: Callable[[], Lease], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_module, "_PATIENCE_S", 0.05)
    with make().shared(), make().alone() as really:
        assert not really
    with make().alone() as really:
        assert really


def test_without_a_folder_there_is_nobody_to_share_with(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Lease("cpu", tmp_path / "file").shared() as nothing:
        assert nothing is None


def test_a_closed_lease_is_none(make: Callable[[], Lease]) -> None:
    lease = make()
    lease.close()
    with lease.shared(), make().alone():
        pass


def _closed(lease: Lease) -> bool:
    """Whether somebody has closed the gate."""
    import fcntl

    try:
        fcntl.flock(lease._gate, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(lease._gate, fcntl.LOCK_UN)
    return False


@pytest.mark.parametrize(
    ("device", "chosen", "name"),
    [
        ("cuda:0", None, "cuda-0"),
        ("cuda:0", "", "cuda-0"),
        ("cuda:0", "3", "cuda-3"),
        ("cuda:1", "2, 5", "cuda-5"),
        ("cuda:0", "MIG-GPU-7a/1/2", "cuda-MIG-GPU-7a-1-2"),
        ("cuda:4", "3", "cuda-4"),
        ("cpu", "3", "cpu"),
    ],
)
def test_programs_that_see_one_gpu_under_two_numbers_meet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, chosen: str | None, name: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if chosen is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    Lease(device, tmp_path).close()
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.gate", f"{name}.room"}
