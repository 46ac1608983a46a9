"""Open a SQLite file that several processes share, and put a damaged one aside."""

from __future__ import annotations

import fcntl
import sqlite3
import time
import warnings
from pathlib import Path

PATIENCE_S = 10.0
"""How long to wait for another process's write."""


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """Open or create a database in write-ahead mode: readers and one writer at the same time.

    Raises:
        sqlite3.OperationalError: if the file cannot be opened.
        sqlite3.DatabaseError: if it is damaged, as far as opening it shows.
    """
    database = sqlite3.connect(
        path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
    )
    try:
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
        # A power failure may cost the last records, never the file.
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(schema)
    except BaseException:
        database.close()
        raise
    return database


def inode(path: Path) -> int:
    """Return which file stands under a path, 0 if none does."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def set_aside(path: Path, damaged: int, reason: Exception) -> None:
    """Rename the damaged file, unless another process has done so already.

    Args:
        path: where it stands.
        damaged: the inode that was found to be damaged.
        reason: what was found, for the warning.

    Raises:
        OSError: if it cannot be renamed.
    """
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if inode(path) != damaged:
            return
        aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.rename(aside)
    warnings.warn(f"{path} is damaged ({reason}); moved to {aside}, begun anew", stacklevel=2)
