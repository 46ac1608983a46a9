"""Trajectories put together from the files of a run, one after the other.

A first pass over the files remembers where each line stands, a second reads the lines of one
trajectory at a time. So the memory needed hardly grows with the run.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from kerneldojo.records import (
    Ending,
    Evaluation,
    Problem,
    Record,
    Solution,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)
from kerneldojo.store.lines import BadLine, Line, located_lines

R = TypeVar("R", bound=Record)
P = TypeVar("P")

_SAID = re.compile(rb'\{"trajectory":"([^"\\]*)","number":(\d+),')


class _Part(BaseModel):
    """The part of a line that says what it belongs to; the rest is skipped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Named(_Part):
    id: str


class _Beginning(_Part):
    id: str
    problem_digest: str


class _Ended(_Part):
    trajectory: str


class _Said(_Part):
    trajectory: str
    number: int

    @classmethod
    def read(cls, line: bytes) -> _Said:
        """Return what a line of `turns.jsonl` belongs to.

        As such lines are long, with all their token ids, and begin so, most need no parsing.
        """
        match = _SAID.match(line)
        if match is None or not line.endswith(b"}\n"):
            return cls.model_validate_json(line)
        return cls.model_construct(trajectory=match[1].decode(), number=int(match[2]))


class _File(Generic[R]):
    """One file of a run, of which single lines are read."""

    def __init__(self, path: Path, kind: type[R], bad: list[BadLine], stack: ExitStack) -> None:
        self.path = path
        self._kind = kind
        self._bad = bad
        self._file: BinaryIO | None = (
            stack.enter_context(path.open("rb")) if path.exists() else None
        )

    def scan(self, parse: Callable[[bytes], P]) -> Iterator[tuple[Line, P]]:
        """Yield what `parse` makes of each line, and where it stands."""
        return located_lines(self.path, parse, self._bad)

    def read(self, line: Line | None) -> R | None:
        """Return the record of a line; None if there is none or it is not one of ours."""
        if line is None or self._file is None:
            return None
        self._file.seek(line.offset)
        try:
            return self._kind.model_validate_json(self._file.readline())
        except ValueError as error:
            self.report(line, str(error).partition("\n")[0])
            return None

    def report(self, line: Line, reason: str) -> None:
        """Say what is wrong with a line."""
        self._bad.append(BadLine(self.path, line.number, reason))


def stream(
    folder: Path, names: Mapping[type[Record], str], bad: list[BadLine]
) -> Iterator[Trajectory]:
    """Yield the trajectories of a run in order of being begun, with as much of each as is there.

    Of several lines for one turn, or one end, the last counts.

    Args:
        folder: the run's directory; it may be growing meanwhile.
        names: which file holds records of which type.
        bad: collects the lines that cannot be read, and those that refer to others that are not
            there: a trajectory without its problem and a turn or an end without its trajectory
            are passed over; a turn without its solution or evaluation is yielded without them.

    Raises:
        StoreError: if a file cannot be read.
    """
    with ExitStack() as stack:
        yield from _Join(folder, names, bad, stack)


class _Join:
    """Where the lines of each trajectory stand, and how they become one."""

    def __init__(
        self,
        folder: Path,
        names: Mapping[type[Record], str],
        bad: list[BadLine],
        stack: ExitStack,
    ) -> None:
        def file(kind: type[R]) -> _File[R]:
            return _File(folder / names[kind], kind, bad, stack)

        # What a line refers to was written before it. So it is looked for after it.
        self._endings, self._turns = file(Ending), file(TurnRecord)
        self._beginnings = file(TrajectoryRecord)
        self._evaluations, self._solutions = file(Evaluation), file(Solution)
        ended = list(self._endings.scan(_Ended.model_validate_json))
        said = list(self._turns.scan(_Said.read))
        begun = list(self._beginnings.scan(_Beginning.model_validate_json))
        self._evaluation_at = {
            part.id: line for line, part in self._evaluations.scan(_Named.model_validate_json)
        }
        self._solution_at = {
            solution.digest: line
            for line, solution in self._solutions.scan(Solution.model_validate_json)
        }
        self._problems = {
            problem.digest: problem
            for _, problem in file(Problem).scan(Problem.model_validate_json)
        }
        self._begun_at = self._known_beginnings(begun)
        self._ended_at = self._known_endings(ended)
        self._said_at = self._known_turns(said)

    def __iter__(self) -> Iterator[Trajectory]:
        for id, line in self._begun_at.items():
            record = self._beginnings.read(line)
            if record is None:
                continue
            ending = self._ending(self._ended_at.get(id))
            turns = self._said_at.get(id, {})
            yield Trajectory(
                record,
                self._problems[record.problem_digest],
                [turn for number in sorted(turns) if (turn := self._turn(turns[number]))],
                ending,
                self._evaluation(ending.verification) if ending else None,
            )

    def _known_beginnings(self, begun: list[tuple[Line, _Beginning]]) -> dict[str, Line]:
        places: dict[str, Line] = {}
        for line, part in begun:
            if part.problem_digest not in self._problems:
                self._beginnings.report(line, f"no problem has the digest {part.problem_digest}")
            else:
                places.setdefault(part.id, line)
        return places

    def _known_endings(self, ended: list[tuple[Line, _Ended]]) -> dict[str, Line]:
        places: dict[str, Line] = {}
        for line, part in ended:
            if part.trajectory in self._begun_at:
                places[part.trajectory] = line
            else:
                self._endings.report(line, f"no trajectory has the id {part.trajectory}")
        return places

    def _known_turns(self, said: list[tuple[Line, _Said]]) -> dict[str, dict[int, Line]]:
        places: defaultdict[str, dict[int, Line]] = defaultdict(dict)
        for line, part in said:
            if part.trajectory in self._begun_at:
                places[part.trajectory][part.number] = line
            else:
                self._turns.report(line, f"no trajectory has the id {part.trajectory}")
        return places

    def _turn(self, line: Line) -> Turn | None:
        record = self._turns.read(line)
        if record is None:
            return None
        digest, evaluation_id = record.solution_digest, record.evaluation_id
        if digest and digest not in self._solution_at:
            self._turns.report(line, f"no solution has the digest {digest}")
        if evaluation_id and evaluation_id not in self._evaluation_at:
            self._turns.report(line, f"no evaluation has the id {evaluation_id}")
        solution = self._solutions.read(self._solution_at.get(digest or ""))
        return Turn(record, solution, self._evaluation(evaluation_id))

    def _ending(self, line: Line | None) -> Ending | None:
        record = self._endings.read(line)
        missing = record and record.verification and record.verification not in self._evaluation_at
        if line and record and missing:
            self._endings.report(line, f"no evaluation has the id {record.verification}")
        return record

    def _evaluation(self, id: str | None) -> Evaluation | None:
        return self._evaluations.read(self._evaluation_at.get(id or ""))
