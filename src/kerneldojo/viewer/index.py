"""What is known of a run without reading it again: a short row for each trajectory.

Every line is read once, when it appears. What is kept of it is what lists show, and where the line
lies, so that one trajectory can be read in full later.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from kerneldojo.records import (
    Ending,
    Entry,
    Evaluation,
    Problem,
    Record,
    Solution,
    Status,
    TrajectoryRecord,
    TurnRecord,
)
from kerneldojo.store import Row, Run
from kerneldojo.store.rows import Pair
from kerneldojo.store.run import FILES
from kerneldojo.viewer.parts import BeginningPart, EndingPart, TurnPart
from kerneldojo.viewer.tail import Place, Rewritten, Tail

R = TypeVar("R", bound=Record)

_AT_ONCE = 500
"""Lines of one file that are read before another one has its turn."""


class Verdict(NamedTuple):
    """What lists show of an evaluation."""

    place: Place
    status: Status
    speedup: float | None
    speedup_low: float | None
    speedup_high: float | None
    coverage: float | None
    findings: tuple[str, ...]
    seconds: float
    gist: str
    """The first line of the error, if there is one."""


class KnownTurn(NamedTuple):
    """What lists show of a turn."""

    place: Place | None
    """None: there is no turn, only an answer that was judged."""
    part: TurnPart
    verdict: str | None
    """Id of its evaluation."""


@dataclass
class Known:
    """What lists show of a trajectory, or of an answer that belongs to none."""

    number: int
    """Counted from 0 in the order of the file."""
    place: Place
    beginning: BeginningPart
    version: int
    turns: dict[int, KnownTurn] = field(default_factory=dict)
    ending: EndingPart | None = None
    ending_place: Place | None = None
    entry: Entry | None = None
    """The question, if this is an answer without a trajectory."""


class KnownProblem(NamedTuple):
    """What lists show of a problem."""

    number: int
    place: Place
    name: str
    level: int | None
    description: str


class RunIndex:
    """One run directory, known as far as it is written.

    Args:
        path: the run's directory.
        label: what the run is called among the others.

    Raises:
        UsageError: if there is no run.
    """

    def __init__(self, path: Path, label: str) -> None:
        self.run = Run.open(path)
        self.label = label
        self.version = 0
        """Grows whenever something was added."""
        self.behind = False
        """Whether more was written than has been read."""
        self._deadline = math.inf
        self._lines = 0
        self.epoch = 0
        """Grows when the directory was written anew, and nothing known of it holds."""
        self._forget()

    def _forget(self) -> None:
        self.tails = {kind: Tail(self.run.path / name) for kind, name in FILES.items()}
        self.known: list[Known] = []
        self.verdicts: dict[str, Verdict] = {}
        self.problems: dict[str, KnownProblem] = {}
        self.bad_lines = 0
        self._by_id: dict[str, Known] = {}
        self._solutions: dict[str, Place] = {}
        self._waiting: defaultdict[str, list[Known]] = defaultdict(list)
        self._early: defaultdict[str, list[Callable[[Known], None]]] = defaultdict(list)
        self._deciding: dict[Pair, str] = {}
        self._asked: defaultdict[Pair, list[Known]] = defaultdict(list)

    def refresh(self, deadline: float = math.inf) -> None:
        """Read what was written since the last call.

        Args:
            deadline: of `time.monotonic`; what is left then is read by further calls, and
                `behind` says that there is something left.
        """
        self._deadline = deadline
        self.behind = False
        try:
            self._read_on()
        except Rewritten:
            self.epoch += 1
            self._forget()
            self._read_on()

    def _read_on(self) -> None:
        step, start = self.version + 1, self._lines
        self._read_problems()
        self._read_beginnings(step)
        if not self._by_id:
            self._read_entries(step)
        before = -1
        while not self.behind and self._lines > before:
            # A bit of each, so that the first trajectories of a large run are soon complete.
            before = self._lines
            self._read_verdicts(step)
            self._read_turns(step)
            self._read_endings(step)
        if self._lines > start:
            self.version = step

    def _read_problems(self) -> None:
        for place, problem in self._new(Problem):
            facts = problem.metadata
            known = KnownProblem(
                len(self.problems), place, problem.name, facts.level, facts.description
            )
            self.problems.setdefault(problem.digest, known)

    def _read_beginnings(self, step: int) -> None:
        lines = self._new(TrajectoryRecord, BeginningPart.model_validate_json)
        for place, part in lines:
            if not self._by_id and self.known:
                raise Rewritten("answers turned out to belong to trajectories")
            if part.id in self._by_id:
                continue
            known = Known(len(self.known), place, part, step)
            self.known.append(known)
            self._by_id[part.id] = known
            for add in self._early.pop(part.id, ()):
                add(known)

    def _read_entries(self, step: int) -> None:
        """Take each answer as a trajectory of one turn, as this run has no others."""
        for place, entry in self._new(Entry):
            beginning = BeginningPart(
                id=f"{entry.problem}#{entry.sample}.{entry.turn}",
                problem=entry.problem,
                problem_digest=entry.problem_digest,
                sample=entry.sample,
                strategy=self.run.kind,
                policy=entry.origin.rpartition("/")[2],
                created_at=self.run.info.created_at,
            )
            known = Known(len(self.known), place, beginning, step, entry=entry)
            pair = (entry.problem_digest, entry.solution_digest)
            self.known.append(known)
            self._asked[pair].append(known)
            self._answer(known, self._deciding.get(pair), step)

    def _read_verdicts(self, step: int) -> None:
        for place, row in self._new(Evaluation, Row.model_validate_json, _AT_ONCE):
            before = self.verdicts.get(self._deciding.get(row.pair, ""))
            self.verdicts[row.id] = _verdict(place, row)
            if before is None or row.status.judged or not before.status.judged:
                self._deciding[row.pair] = row.id
                for known in self._asked.get(row.pair, ()):
                    self._answer(known, row.id, step)
            for known in self._waiting.pop(row.id, ()):
                known.version = step

    def _read_turns(self, step: int) -> None:
        for place, part in self._new(TurnRecord, _turn_part, _AT_ONCE):
            self._when_begun(part.trajectory, partial(self._add_turn, place, part, step))

    def _read_endings(self, step: int) -> None:
        lines = self._new(Ending, EndingPart.model_validate_json, _AT_ONCE)
        for place, part in lines:
            self._when_begun(part.trajectory, partial(self._add_ending, place, part, step))

    def _when_begun(self, trajectory: str, add: Callable[[Known], None]) -> None:
        """Add to a trajectory now, or when its beginning has been read."""
        known = self._by_id.get(trajectory)
        if known is None:
            self._early[trajectory].append(add)
        else:
            add(known)

    def _add_turn(self, place: Place, part: TurnPart, step: int, known: Known) -> None:
        known.turns[part.number] = KnownTurn(place, part, part.evaluation_id)
        known.version = step
        self._wait_for(part.evaluation_id, known)

    def _add_ending(self, place: Place, part: EndingPart, step: int, known: Known) -> None:
        known.ending, known.ending_place, known.version = part, place, step
        self._wait_for(part.verification, known)

    def _wait_for(self, evaluation: str | None, known: Known) -> None:
        if evaluation and evaluation not in self.verdicts:
            self._waiting[evaluation].append(known)

    def _answer(self, known: Known, evaluation: str | None, step: int) -> None:
        spent = self.verdicts[evaluation].seconds if evaluation else 0.0
        part = TurnPart(
            trajectory=known.beginning.id,
            number=0,
            evaluation_id=evaluation,
            evaluation_s=spent,
        )
        known.turns[0] = KnownTurn(None, part, evaluation)
        known.version = step

    def solution(self, digest: str) -> Solution | None:
        """Return a solution by its digest; solutions are looked through when first asked for."""
        if digest not in self._solutions:
            self._deadline = math.inf
            for place, solution in self._new(Solution):
                self._solutions[solution.digest] = place
        found = self._solutions.get(digest)
        return None if found is None else self.line(Solution, found)

    def line(self, kind: type[R], place: Place) -> R:
        """Return the record that lies there."""
        return kind.model_validate_json(self.tails[kind].read(place))

    def _new(
        self, kind: type[R], parse: Callable[[bytes], Any] | None = None, most: float = math.inf
    ) -> Iterator[tuple[Place, Any]]:
        """Yield what new lines hold, at most so many, and none after the deadline."""
        parse = parse or kind.model_validate_json
        for count, (place, line) in enumerate(self.tails[kind].lines(), 1):
            try:
                value = parse(line)
            except ValueError:
                self.bad_lines += bool(line.strip())
            else:
                yield place, value
            self._lines += 1
            self.behind = time.monotonic() > self._deadline
            if self.behind or count >= most:
                return


def _verdict(place: Place, row: Row) -> Verdict:
    timing = row.timing
    return Verdict(
        place,
        row.status,
        timing.speedup if timing else None,
        timing.speedup_low if timing else None,
        timing.speedup_high if timing else None,
        row.profile.coverage if row.profile else None,
        tuple(dict.fromkeys(str(finding.kind) for finding in row.findings)),
        sum(row.costs.stages.values()),
        f"{row.error.type}: {row.error.message.strip().partition(chr(10))[0]}"[:160]
        if row.error
        else "",
    )


def _turn_part(line: bytes) -> TurnPart:
    """Parse a turn without its token ids, which may be most of the line.

    Within a text every quotation mark is escaped, so these bytes can only begin the field; and
    nothing in it has braces of its own.
    """
    start = line.find(b',"tokens":{')
    if start >= 0:
        line = line[:start] + line[line.index(b"}", start) + 1 :]
    return TurnPart.model_validate_json(line)
