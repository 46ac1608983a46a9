"""Stopping a process dead, and looking at it while it cannot look back."""

from __future__ import annotations

import os
import signal
import time
from typing import NamedTuple

_PATIENCE_S = 5.0
_PAUSE_S = 2e-5


class ProcessGone(Exception):
    """The process has ended."""


class Unstoppable(Exception):
    """The process goes on in spite of being stopped."""


class Position(NamedTuple):
    """Where a stopped thread was computing."""

    task: str
    """The thread's number."""
    counter: int
    """Its program counter."""
    stack: int
    """Its stack pointer."""


class Frozen:
    """Freezes and thaws one process through its pidfd."""

    def __init__(self, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._pidfd = pidfd

    def freeze(self) -> None:
        """Stop all threads; returns once the kernel says that they are stopped.

        Raises:
            ProcessGone: if there is nothing left to stop.
            Unstoppable: if something keeps it going.
        """
        self._signal(signal.SIGSTOP)
        deadline = time.monotonic() + _PATIENCE_S
        while not self._all_stopped():
            # a thread must get a core to stop on: polling without a pause would keep it off
            time.sleep(_PAUSE_S)
            if time.monotonic() > deadline:
                raise Unstoppable(f"process {self.pid} could not be stopped")

    def thaw(self) -> None:
        """Let all threads go on; raises ProcessGone if there are none."""
        self._signal(signal.SIGCONT)

    def program_counters(self) -> list[int]:
        """Return where each thread of the frozen process was computing, waiting ones left out."""
        return [position.counter for position in self.positions()]

    def positions(self) -> list[Position]:
        """Return program counters as `program_counters` does, with the stack pointers."""
        found = []
        for task in self._tasks():
            try:
                with open(f"/proc/{self.pid}/task/{task}/syscall") as file:
                    fields = file.read().split()
            except OSError:
                continue
            if len(fields) == 3 and fields[0] == "-1":
                found.append(Position(task, counter=int(fields[2], 16), stack=int(fields[1], 16)))
        return found

    def run_time_ns(self, task: str) -> int | None:
        """Return for how long a thread has had a core, None if the kernel does not tell."""
        try:
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                return int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def filters(self) -> int:
        """Return how many seccomp filters hold, as the kernel counts them."""
        return self._status("Seccomp_filters:")

    def peak_memory_bytes(self) -> int:
        """Return the most memory the process ever had resident, as the kernel counts it."""
        return self._status("VmHWM:") * 1024

    def _status(self, key: str) -> int:
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith(key):
                    return int(line.split()[1])
        return 0

    def _signal(self, number: signal.Signals) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            raise ProcessGone from None

    def _tasks(self) -> list[str]:
        try:
            return os.listdir(f"/proc/{self.pid}/task")
        except OSError:
            raise ProcessGone from None

    def _all_stopped(self) -> bool:
        for task in self._tasks():
            try:
                with open(f"/proc/{self.pid}/task/{task}/stat", "rb") as file:
                    text = file.read()
            except OSError:
                continue
            state = text[text.rindex(b")") + 2 : text.rindex(b")") + 3]
            if state in (b"Z", b"X"):
                raise ProcessGone
            if state not in (b"T", b"t"):
                return False
        return True
