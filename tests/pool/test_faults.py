"""Our own processes die in the middle of an evaluation: nothing hangs, nobody is blamed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future

import psutil
import pytest

from kerneldojo.errors import InfrastructureError
from kerneldojo.pool.local import LocalPool
from kerneldojo.records import Evaluation, Solution, Status
from tests.evaluation import samples
from tests.evaluation.samples import CPP, QUICK, cpp
from tests.pool.conftest import family, wait_until

PROBLEM = samples.problem()
SERVER, ZYGOTE = "kerneldojo.evaluation.referee.server", "kerneldojo.evaluation.zygote"
# honest, but each call takes a while: time enough to shoot somebody
SLOW = cpp(
    CPP.replace(
        "for (int64_t i", "for (volatile int j = 0; j < 300000000; ++j) {}\n    for (int64_t i"
    )
)


@pytest.fixture(autouse=True)
def nobody_left() -> Iterator[None]:
    yield
    assert wait_until(lambda: not family("kerneldojo.evaluation")), family("kerneldojo.evaluation")


def begun(pool: LocalPool, solution: Solution = SLOW) -> Future[Evaluation]:
    """Submit and wait until the solution is being verified."""
    stages: list[str] = []
    future = pool.submit(PROBLEM, solution, QUICK, stages.append)
    assert wait_until(lambda: "verification" in stages or future.done(), 60)
    assert not future.done()
    return future


def shoot(module: str) -> list[psutil.Process]:
    """Kill the outermost process that runs a module."""
    (victim, *rest) = family(module)
    victim.kill()
    return rest


@pytest.mark.parametrize("module", [SERVER, ZYGOTE])
def test_an_honest_solution_is_judged_on_a_fresh_referee(pool: LocalPool, module: str) -> None:
    future = begun(pool)
    left = shoot(module)
    found = future.result(timeout=120)
    assert found.status is Status.CORRECT, found.error
    assert wait_until(lambda: not any(process.is_running() for process in left))
    pool.close()


@pytest.mark.parametrize(("module", "word"), [(SERVER, "referee"), (ZYGOTE, "zygote")])
def test_without_retries_the_evaluation_fails_and_says_why(
    strict_pool: LocalPool, module: str, word: str
) -> None:
    future = begun(strict_pool)
    left = shoot(module)
    start = time.monotonic()
    found = future.result(timeout=120)
    assert time.monotonic() - start < 30
    assert found.status is Status.EVALUATION_FAILED
    assert found.error is not None and word in found.error.message
    assert not found.findings
    assert wait_until(lambda: not any(process.is_running() for process in left))
    assert strict_pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60).status is Status.CORRECT
    strict_pool.close()


def test_a_referee_that_dies_idle_is_replaced(pool: LocalPool) -> None:
    assert pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60).status is Status.CORRECT
    shoot(SERVER)
    assert wait_until(lambda: not family("kerneldojo.evaluation"))
    assert pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60).status is Status.CORRECT
    pool.close()


def test_a_referee_that_dies_again_and_again_is_given_up(
    pool: LocalPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kerneldojo.pool.referee_client.sys.executable", "/bin/false")
    found = pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60)
    assert found.status is Status.EVALUATION_FAILED
    assert found.error is not None and found.error.type == "RefereeDied"
    with pytest.raises(InfrastructureError):
        pool.validate(PROBLEM, QUICK, 30.0)
    pool.close()


def test_a_referee_that_says_nothing_is_given_up(
    strict_pool: LocalPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert strict_pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60)
    monkeypatch.setattr("kerneldojo.pool.referee_client._deadline", lambda settings: 1.0)
    (server,) = family(SERVER)
    server.suspend()
    found = strict_pool.submit(PROBLEM, cpp(CPP), QUICK).result(timeout=60)
    assert found.status is Status.EVALUATION_FAILED
    assert found.error is not None and found.error.type == "DeadlineExceeded"
    strict_pool.close()
