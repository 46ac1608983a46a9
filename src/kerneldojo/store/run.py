"""A run directory: plain files that only grow, readable meanwhile, resumable after a kill."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import uuid4

from pydantic import Field, ValidationError

import kerneldojo
from kerneldojo.errors import StoreError, UsageError
from kerneldojo.records import (
    Ending,
    Entry,
    Evaluation,
    Outcome,
    Problem,
    Record,
    Solution,
    Status,
    Trajectory,
    TrajectoryRecord,
    TurnRecord,
    content_digest,
)
from kerneldojo.store import rows
from kerneldojo.store.differences import differences
from kerneldojo.store.lines import BadLine, LineWriter, read_lines
from kerneldojo.store.lock import RunLock
from kerneldojo.store.whole import write_whole

if TYPE_CHECKING:
    import pandas

    from kerneldojo.store.tables import Format

T = TypeVar("T")
R = TypeVar("R", bound=Record)

FORMAT = "kerneldojo.run/1"
CONFIG = "config.json"
FILES: dict[type[Record], str] = {
    Problem: "problems.jsonl",
    Solution: "solutions.jsonl",
    Entry: "entries.jsonl",
    Evaluation: "evaluations.jsonl",
    TrajectoryRecord: "trajectories.jsonl",
    TurnRecord: "turns.jsonl",
    Ending: "endings.jsonl",
}
"""Which file holds records of which type, one a line."""
_REPEATABLE = (Evaluation, TurnRecord, Ending)
"""Records of events: each is written when it happens. The others are named by content."""

Kept = Problem | Solution | Entry | Evaluation | TrajectoryRecord | TurnRecord | Ending
"""What a run can hold."""


class RunInfo(Record):
    """The content of `config.json`."""

    format: str = FORMAT
    id: str = Field(default_factory=lambda: uuid4().hex)
    kind: str
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    kerneldojo: str
    config: dict[str, Any]
    digest: str
    """Content hash of kind and config; runs with equal digests were asked for the same."""


class Run:
    """One run on disk. `open` reads one; `create` and `resume` also write, one writer at a time.

    A reader may look on while the writer appends. Lines that cannot be read are passed over and
    gathered in `bad_lines`. Close a run that writes, or use it as a context manager.
    """

    def __init__(self, path: Path, info: RunInfo, lock: RunLock | None = None) -> None:
        """Use `create`, `open` or `resume` instead."""
        self.path = path
        self.info = info
        self.bad_lines: list[BadLine] = []
        """Lines that the last reading of each file passed over."""
        self._lock = lock
        self._writers = {kind: LineWriter(path / name) for kind, name in FILES.items()}
        self._known: dict[type[Record], set[str]] = {}
        self._threads = threading.Lock()

    @property
    def kind(self) -> str:
        """What made the run, e.g. `bench`."""
        return self.info.kind

    @property
    def config(self) -> dict[str, Any]:
        """What the run was asked for."""
        return self.info.config

    @classmethod
    def create(cls, path: str | Path, kind: str, config: Mapping[str, Any]) -> Self:
        """Start a run in a directory that is missing or empty.

        Args:
            path: the run's directory.
            kind: what makes the run, e.g. `bench`.
            config: JSON-representable; what `resume` compares.

        Raises:
            UsageError: if something else is there already, or another process writes there.
            StoreError: if nothing can be written there.
        """
        path = Path(path)
        if path.exists() and not _is_fresh(path):
            raise UsageError(
                f"{path} is not empty. Resume the run in it (--resume), or name another directory."
            )
        return cls._begin(path, _info(kind, config))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a run for reading.

        Raises:
            UsageError: if there is no run, or one of a format that is not understood.
        """
        path = Path(path)
        return cls(path, _read_info(path))

    @classmethod
    def resume(cls, path: str | Path, kind: str, config: Mapping[str, Any]) -> Self:
        """Go on with the run in a directory, or start it if there is none yet.

        Raises:
            UsageError: naming the keys that differ, if the run was asked for something else; or
                if another process writes to it.
            StoreError: if nothing can be written there.
        """
        path = Path(path)
        asked = _info(kind, config)
        if not path.exists() or _is_fresh(path):
            return cls._begin(path, asked)
        info = _read_info(path)
        _compare(path, info, asked)
        return cls(path, info, RunLock(path))

    @classmethod
    def _begin(cls, path: Path, info: RunInfo) -> Self:
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = RunLock(path)
            write_whole(path / CONFIG, info.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise StoreError(f"cannot write to {path}: {error.strerror}.") from error
        return cls(path, info, lock)

    def add(self, record: Kept) -> None:
        """Append a record to the file of its type.

        Problems, solutions, entries and beginnings of trajectories that the run already has are
        not written again, so a resumed run may add everything anew. Evaluations, turns and
        endings always are. May be called from threads.

        Raises:
            UsageError: if the run is open for reading only.
            StoreError: if the record cannot be written; what was written before is intact.
        """
        if self._lock is None:
            raise UsageError(f"{self.path} is open for reading; use Run.resume to add to it.")
        kind = type(record)
        with self._threads:
            if kind in _REPEATABLE:
                self._writers[kind].append(record.model_dump_json())
                return
            if kind not in self._known:
                self._known[kind] = {_key(old) for old in self._read(kind)}
            key = _key(record)
            if key not in self._known[kind]:
                line = key if kind is Entry else record.model_dump_json()
                self._writers[kind].append(line)
                self._known[kind].add(key)

    def problems(self) -> dict[str, Problem]:
        """Return the problems by digest."""
        return {problem.digest: problem for problem in self._read(Problem)}

    def solutions(self) -> dict[str, Solution]:
        """Return the solutions by digest."""
        return {solution.digest: solution for solution in self._read(Solution)}

    def entries(self) -> list[Entry]:
        """Return all questions of the run, in order of being asked."""
        return list(self._read(Entry))

    def evaluations(self) -> Iterator[Evaluation]:
        """Yield all evaluations, in order of being made."""
        return self._read(Evaluation)

    def evaluation(self, id_prefix: str) -> Evaluation:
        """Return the evaluation whose id starts so.

        Raises:
            UsageError: if none does, or several.
        """
        found = [row.id for row in self.rows() if row.id.startswith(id_prefix)]
        if len(set(found)) != 1:
            what = f"{len(found)} evaluations have" if found else "no evaluation has"
            some = f": {', '.join(found[:5])}" if found else f" ({FILES[Evaluation]})"
            raise UsageError(f"{self.path}: {what} an id that starts with {id_prefix!r}{some}.")
        return next(each for each in self.evaluations() if each.id == found[0])

    def trajectories(self) -> list[Trajectory]:
        """Return the trajectories, finished or not, in order of being begun."""
        return list(self.iter_trajectories())

    def iter_trajectories(self) -> Iterator[Trajectory]:
        """Yield the trajectories one at a time: for runs that are larger than memory.

        What refers to lines that are not there is among `bad_lines`.
        """
        from kerneldojo.store.trajectories import stream

        bad: list[BadLine] = []
        try:
            yield from stream(self.path, FILES, bad)
        finally:
            files = {self.path / name for name in FILES.values()} - {self.path / FILES[Entry]}
            self.bad_lines = [line for line in self.bad_lines if line.file not in files] + bad

    def settled(self) -> set[rows.Pair]:
        """Return the (problem digest, solution digest) pairs that need no further evaluation.

        Only what failed through a fault of ours is worth another try: a problem that is
        invalid stays so, as it is named by its content.
        """
        failed = Status.EVALUATION_FAILED
        return {pair for pair, row in self.deciding().items() if row.status is not failed}

    def deciding(self) -> dict[rows.Pair, rows.Row]:
        """Return the evaluation that counts for each (problem digest, solution digest) pair."""
        return rows.deciding(self.rows())

    def outcomes(self) -> list[Outcome]:
        """Return one outcome for each entry that has been evaluated, in order of entries.

        Of several evaluations of one pair the last judged one counts, else the last one.
        """
        problems = self.problems()
        found = rows.answered(self.entries(), self.rows())
        return [rows.outcome(entry, row, problems) for entry, row in found]

    def rows(self) -> Iterator[rows.Row]:
        """Yield the few fields of each evaluation that tables need, quickly."""
        return self._lines(FILES[Evaluation], rows.Row.model_validate_json)

    def evaluations_frame(self) -> pandas.DataFrame:
        """Return one row for each entry that has been evaluated (docs/runs.md has the columns).

        Raises:
            UsageError: if pandas is not installed.
        """
        from kerneldojo.store.frames import evaluations_frame

        return evaluations_frame([self])

    def export(self, path: str | Path, format: Format | None = None) -> None:
        """Write the run for use elsewhere; by default the path's suffix says how (docs/runs.md).

        Raises:
            UsageError: if the format is unknown or a package it needs is not installed.
            StoreError: if nothing can be written there.
        """
        from kerneldojo.store.export import export

        export([self], path, format)

    def close(self) -> None:
        """Close the files and let others write."""
        for writer in self._writers.values():
            writer.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, kind: type[R]) -> Iterator[R]:
        return self._lines(FILES[kind], kind.model_validate_json)

    def _lines(self, name: str, parse: Callable[[bytes], T]) -> Iterator[T]:
        path = self.path / name
        bad: list[BadLine] = []
        yield from read_lines(path, parse, bad)
        self.bad_lines = [line for line in self.bad_lines if line.file != path] + bad


def _key(record: Record) -> str:
    if isinstance(record, Problem | Solution):
        return record.digest
    if isinstance(record, TrajectoryRecord):
        return record.id
    return record.model_dump_json()


def _info(kind: str, config: Mapping[str, Any]) -> RunInfo:
    plain = dict(config)
    return RunInfo(
        kind=kind,
        config=plain,
        digest=content_digest(kind, plain),
        kerneldojo=kerneldojo.__version__,
    )


def _is_fresh(path: Path) -> bool:
    """Whether nothing but the traces of a start that came to nothing is there."""
    try:
        names = {entry.name for entry in path.iterdir()}
    except NotADirectoryError:
        raise UsageError(f"{path} is a file; a run needs a directory.") from None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}.") from error
    return all(name == RunLock.NAME or name.startswith(f"{CONFIG}.") for name in names)


def _read_info(path: Path) -> RunInfo:
    try:
        info = RunInfo.model_validate_json((path / CONFIG).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(
            f"{path} is not a run: it has no {CONFIG}. Runs are made by `kerneldojo bench`, "
            "`search`, `refine` and `collect`, and by `kerneldojo eval -o DIRECTORY`."
        ) from None
    except OSError as error:
        raise StoreError(f"cannot read {path / CONFIG}: {error.strerror}.") from error
    except ValidationError:
        raise UsageError(f"{path / CONFIG} does not describe a run in {FORMAT} format.") from None
    if info.format != FORMAT:
        raise UsageError(
            f"{path / CONFIG}: format {info.format!r} is unknown; this version reads {FORMAT!r}."
        )
    return info


def _compare(path: Path, recorded: RunInfo, asked: RunInfo) -> None:
    if recorded.digest == asked.digest:
        return
    lines = list(
        differences(
            {"kind": recorded.kind, **recorded.config}, {"kind": asked.kind, **asked.config}
        )
    )
    raise UsageError(
        f"{path} cannot be resumed, because it was asked for something else "
        "(recorded → asked):\n  " + "\n  ".join(lines)
    )
