"""One writer at a time for a run directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kerneldojo.errors import StoreError, UsageError


class RunLock:
    """Held until `release` or the end of the process, however that comes about.

    Raises:
        UsageError: naming the process that holds it already.
        StoreError: if the file system has no locks.
    """

    NAME = "run.lock"

    def __init__(self, folder: Path) -> None:
        path = folder / self.NAME
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(self._file)
            raise UsageError(
                f"{folder} is being written by another process (pid {holder}). "
                "Wait for it to end, or name another directory."
            ) from None
        except OSError as error:
            os.close(self._file)
            raise StoreError(f"cannot lock {path}: {error.strerror}.") from error

    def release(self) -> None:
        """Let others write."""
        os.close(self._file)
