"""Who may use a device when: many prepare and verify at once, one measures alone.

Every referee of this user on this machine, whichever program started it, follows two locks of
the kernel's per device. Work that others may see goes on under the shared lock of the *room*; a
measurement takes it alone. Whoever wants to measure closes the *gate* first, so that nobody
enters while those inside come to their next pause. The kernel drops both locks with a process
that dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PATIENCE_S = 60.0
"""Longest wait for one that does not pause, such as a compiler; then we go on beside it."""
_POLL_S = 0.001


class Lease:
    """One referee's claim on a device; not for several threads.

    Args:
        device: `cpu` or `cuda:N`.
        folder: where the locks are; by default one of this user's own in the temporary folder.
            Without a folder that can be written to there is nobody to share with.
    """

    def __init__(self, device: str, folder: Path | None = None) -> None:
        folder = folder or Path(tempfile.gettempdir()) / f"kerneldojo-{os.getuid()}"
        self._gate = self._room = -1
        self._inside = False
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            name = re.sub(r"[^\w-]", "-", _physical(device))
            self._gate = _open(folder / f"{name}.gate")
            self._room = _open(folder / f"{name}.room")

    @contextlib.contextmanager
    def shared(self) -> Iterator[None]:
        """Work beside others, but not beside a measurement."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def pause(self) -> None:
        """Let those who wait to measure go first; call it often within `shared`."""
        if self._inside:
            self._leave()
            self._enter()

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Measure alone; within `shared`, which goes on afterwards.

        Yields whether we are really alone, or patience came to its end first.
        """
        was_inside = self._inside
        self._leave()
        closed = _lock(self._gate, fcntl.LOCK_EX)
        emptied = _lock(self._room, fcntl.LOCK_EX)
        try:
            yield closed and emptied
        finally:
            _unlock(self._room)
            _unlock(self._gate)
            if was_inside:
                self._enter()

    def close(self) -> None:
        """Give up every claim."""
        for fd in (self._gate, self._room):
            if fd >= 0:
                os.close(fd)
        self._gate = self._room = -1

    def _enter(self) -> None:
        _lock(self._gate, fcntl.LOCK_SH)
        _lock(self._room, fcntl.LOCK_SH)
        _unlock(self._gate)
        self._inside = True

    def _leave(self) -> None:
        _unlock(self._room)
        self._inside = False


def _physical(device: str) -> str:
    """Return what programs agree to call a device: `CUDA_VISIBLE_DEVICES` numbers GPUs anew.

    One program that names a GPU by its number and another that names it by its UUID do not meet.
    """
    kind, _, number = device.partition(":")
    chosen = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    if kind != "cuda" or not number.isdigit() or int(number) >= len(chosen):
        return device
    return f"cuda:{chosen[int(number)] or number}"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _lock(fd: int, kind: int) -> bool:
    """Return whether the lock was had in time, or there is nobody to share with."""
    deadline = time.monotonic() + _PATIENCE_S
    while fd >= 0:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
    return True


def _unlock(fd: int) -> None:
    if fd >= 0:
        fcntl.flock(fd, fcntl.LOCK_UN)
