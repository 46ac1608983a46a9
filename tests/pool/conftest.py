"""Pools with real referees, and the processes behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from kerneldojo.pool.local import LocalPool

DEADLINE_S = 20.0


def wait_until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> bool:
    """Ask until a condition holds; returns whether it came to that before the deadline."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


_strangers: set[psutil.Process] = set()


@pytest.fixture(autouse=True)
def strangers() -> None:
    """Note the processes that other tests keep, to leave them out of `family`."""
    _strangers.clear()
    _strangers.update(psutil.Process().children(recursive=True))


def family(module: str, root: int | None = None) -> list[psutil.Process]:
    """Return the living descendants (of this process, or of `root`) that run a module."""
    found = []
    for process in psutil.Process(root).children(recursive=True):
        if process in _strangers:
            continue
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and any(module in word for word in process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.fixture
def pool() -> Iterator[LocalPool]:
    """Return a pool of one referee on the CPU that retries once."""
    pool = LocalPool(["cpu"], retries=1)
    yield pool
    pool.close()


@pytest.fixture
def strict_pool() -> Iterator[LocalPool]:
    """Return a pool of one referee on the CPU that does not retry."""
    pool = LocalPool(["cpu"], retries=0)
    yield pool
    pool.close()
