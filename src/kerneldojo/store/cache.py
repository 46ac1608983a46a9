"""Verdicts by content: the same question, asked on the same machine, is answered once."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import warnings
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from kerneldojo.errors import StoreError
from kerneldojo.records import Evaluation, Problem, Record, Solution, content_digest
from kerneldojo.settings import EvaluationSettings
from kerneldojo.store.database import connect, inode, set_aside
from kerneldojo.store.fingerprint import environment_digest

T = TypeVar("T")

DEFAULT_SIZE_MB = 1024
_EVICTED_SHARE = 20
"""One part in so many goes at a time when the cache is full."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS evaluations (
    key BLOB PRIMARY KEY,
    value BLOB NOT NULL,
    created REAL NOT NULL,
    used REAL NOT NULL,
    hits INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS evaluations_by_use ON evaluations (used);
"""


class CacheStats(Record):
    """What a cache holds."""

    path: str
    entries: int
    size_bytes: int
    """Of the pages in use."""
    limit_bytes: int
    hits: int
    """Answers given from what the cache holds now."""
    oldest: datetime | None = None
    """When the oldest verdict was reached."""
    last_used: datetime | None = None


class Cache:
    """Verdicts in one SQLite file, the least recently used of which make room for new ones.

    Threads and processes may share the file. It never stands in the way of an evaluation: what
    goes wrong with it after it has been opened is a warning, and counts as a miss.

    Args:
        path: the file; None: `$XDG_CACHE_HOME/kerneldojo/evaluations.sqlite`, where the variable
            is `~/.cache` if unset.
        size_mb: size limit in units of 2**20 bytes.

    Raises:
        StoreError: if the file cannot be opened or created.
    """

    def __init__(self, path: str | Path | None = None, size_mb: int = DEFAULT_SIZE_MB) -> None:
        self.path = default_path() if path is None else Path(path)
        self.limit_bytes = size_mb << 20
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._inode = 0
            self._database: sqlite3.Connection | None = self._open()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot open the evaluation cache {self.path}: {error}. "
                "Name another file (cache.path), or go without (cache.enabled=false)."
            ) from error

    def get(self, key: str) -> Evaluation | None:
        """Return the verdict kept under a key, None if there is none."""
        name = bytes.fromhex(key)

        def look(database: sqlite3.Connection) -> Evaluation | None:
            query = "SELECT value FROM evaluations WHERE key = ?"
            found = database.execute(query, (name,)).fetchone()
            if found is None:
                return None
            try:
                evaluation = Evaluation.model_validate_json(zlib.decompress(found[0]))
            except (zlib.error, ValueError):  # of another version, or damaged
                database.execute("DELETE FROM evaluations WHERE key = ?", (name,))
                return None
            update = "UPDATE evaluations SET hits = hits + 1, used = ? WHERE key = ?"
            database.execute(update, (time.time(), name))
            return evaluation

        return self._try(look, None)

    def put(self, key: str, evaluation: Evaluation) -> None:
        """Keep a verdict; one that says nothing about the solution is not kept."""
        if not evaluation.status.judged:
            return
        value = zlib.compress(evaluation.model_dump_json().encode(), 1)

        def keep(database: sqlite3.Connection) -> None:
            now = time.time()
            insert = "INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, 0)"
            database.execute(insert, (bytes.fromhex(key), value, now, now))
            self._make_room(database)

        self._try(keep, None)

    def stats(self) -> CacheStats:
        """Return what the cache holds."""
        query = "SELECT count(*), total(hits), min(created), max(used) FROM evaluations"

        def count(database: sqlite3.Connection) -> CacheStats:
            entries, hits, oldest, used = database.execute(query).fetchone()
            return CacheStats(
                path=str(self.path),
                entries=entries,
                size_bytes=_pages_in_use(database),
                limit_bytes=self.limit_bytes,
                hits=int(hits),
                oldest=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                last_used=None if used is None else datetime.fromtimestamp(used, UTC),
            )

        nothing = CacheStats(
            path=str(self.path), entries=0, size_bytes=0, limit_bytes=self.limit_bytes, hits=0
        )
        return self._try(count, nothing)

    def clear(self) -> int:
        """Forget everything; returns how many verdicts that were."""

        def forget(database: sqlite3.Connection) -> int:
            count = database.execute("DELETE FROM evaluations").rowcount
            database.execute("VACUUM")
            return int(count)

        return self._try(forget, 0)

    def close(self) -> None:
        """Close the file; from then on everything is a miss."""
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _open(self) -> sqlite3.Connection:
        found = inode(self.path)
        try:
            database = connect(self.path, _SCHEMA)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            set_aside(self.path, found, error)
            database = connect(self.path, _SCHEMA)
        self._inode = inode(self.path)
        return database

    def _try(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        with self._lock:
            if self._database is None:
                return otherwise
            try:
                return work(self._database)
            except sqlite3.OperationalError as error:  # locked for long, disk full, read-only
                warnings.warn(f"evaluation cache {self.path}: {error}", stacklevel=3)
            except sqlite3.DatabaseError as error:
                self._begin_anew(self._database, error)
            return otherwise

    def _begin_anew(self, damaged: sqlite3.Connection, reason: Exception) -> None:
        damaged.close()
        self._database = None
        try:
            set_aside(self.path, self._inode, reason)
            self._database = self._open()
        except (OSError, sqlite3.Error) as error:
            warnings.warn(f"going on without the cache {self.path}: {error}", stacklevel=4)

    def _make_room(self, database: sqlite3.Connection) -> None:
        if _pages_in_use(database) <= self.limit_bytes:
            return
        while _pages_in_use(database) > self.limit_bytes:
            [entries] = database.execute("SELECT count(*) FROM evaluations").fetchone()
            if not entries:
                break
            database.execute(
                "DELETE FROM evaluations WHERE key IN "
                "(SELECT key FROM evaluations ORDER BY used LIMIT ?)",
                (-(-entries // _EVICTED_SHARE),),
            )
        database.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page


def default_path() -> Path:
    """Return where the cache is unless told otherwise."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "kerneldojo" / "evaluations.sqlite"


def cache_key(
    problem: Problem,
    solution: Solution,
    settings: EvaluationSettings,
    devices: Sequence[str] = (),
) -> str:
    """Return a content hash of everything a verdict depends on.

    All settings count except the size limit of sources, which is checked as they are read. With
    an explicit seed the key holds it, without one the seed was secret and is not asked about.
    """
    told = settings.model_dump(mode="json")
    del told["limits"]["source_kb"]
    return content_digest(
        problem.digest, solution.digest, told, list(devices), environment_digest()
    )


def _pages_in_use(database: sqlite3.Connection) -> int:
    [pages] = database.execute("PRAGMA page_count").fetchone()
    [free] = database.execute("PRAGMA freelist_count").fetchone()
    [size] = database.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)
