"""What is known of a run without reading it again: a short row for each trajectory.

Every line is read once, when it appears. What is kept of it is what lists show, and where the line
lies, so that one trajectory can be read in full later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

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

T = TypeVar("T")
R = TypeVar("R", bound=Record)


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
        self._orphans: defaultdict[str, list[tuple[Place, TurnPart]]] = defaultdict(list)
        self._deciding: dict[Pair, str] = {}
        self._asked: defaultdict[Pair, list[Known]] = defaultdict(list)

    def refresh(self) -> None:
        """Read what was written since the last call."""
        try:
            self._read_on()
        except Rewritten:
            self.epoch += 1
            self._forget()
            self._read_on()

    def _read_on(self) -> None:
        step = self.version + 1
        changed = [
            self._read_problems(),
            self._read_verdicts(step),
            self._read_beginnings(step),
            self._read_turns(step),
            self._read_endings(step),
        ]
        if not self._by_id:
            changed.append(self._read_entries(step))
        if any(changed):
            self.version = step

    def _read_problems(self) -> bool:
        found = False
        for place, problem in self._new(Problem, Problem.model_validate_json):
            facts = problem.metadata
            known = KnownProblem(
                len(self.problems), place, problem.name, facts.level, facts.description
            )
            self.problems.setdefault(problem.digest, known)
            found = True
        return found

    def _read_verdicts(self, step: int) -> bool:
        found = False
        for place, row in self._new(Evaluation, Row.model_validate_json):
            before = self.verdicts.get(self._deciding.get(row.pair, ""))
            self.verdicts[row.id] = _verdict(place, row)
            if before is None or row.status.judged or not before.status.judged:
                self._deciding[row.pair] = row.id
                for known in self._asked.get(row.pair, ()):
                    self._answer(known, row.id, step)
            for known in self._waiting.get(row.id, ()):
                known.version = step
            found = True
        return found

    def _read_beginnings(self, step: int) -> bool:
        found = False
        for place, part in self._new(TrajectoryRecord, BeginningPart.model_validate_json):
            if not self._by_id and self.known:
                raise Rewritten("answers turned out to belong to trajectories")
            if part.id in self._by_id:
                continue
            known = Known(len(self.known), place, part, step)
            self.known.append(known)
            self._by_id[part.id] = known
            for turn_place, turn in self._orphans.pop(part.id, ()):
                self._add_turn(known, turn_place, turn, step)
            found = True
        return found

    def _read_turns(self, step: int) -> bool:
        found = False
        for place, part in self._new(TurnRecord, TurnPart.model_validate_json):
            known = self._by_id.get(part.trajectory)
            if known is None:
                self._orphans[part.trajectory].append((place, part))
            else:
                self._add_turn(known, place, part, step)
                found = True
        return found

    def _add_turn(self, known: Known, place: Place, part: TurnPart, step: int) -> None:
        known.turns[part.number] = KnownTurn(place, part, part.evaluation_id)
        known.version = step
        if part.evaluation_id and part.evaluation_id not in self.verdicts:
            self._waiting[part.evaluation_id].append(known)

    def _read_endings(self, step: int) -> bool:
        found = False
        for place, part in self._new(Ending, EndingPart.model_validate_json):
            known = self._by_id.get(part.trajectory)
            if known is not None:
                known.ending, known.ending_place, known.version = part, place, step
                if part.verification and part.verification not in self.verdicts:
                    self._waiting[part.verification].append(known)
                found = True
        return found

    def _read_entries(self, step: int) -> bool:
        """Take each answer as a trajectory of one turn, as this run has no others."""
        found = False
        for place, entry in self._new(Entry, Entry.model_validate_json):
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
            found = True
        return found

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
            for place, solution in self._new(Solution, Solution.model_validate_json):
                self._solutions[solution.digest] = place
        found = self._solutions.get(digest)
        return None if found is None else self.line(Solution, found)

    def line(self, kind: type[R], place: Place) -> R:
        """Return the record that lies there."""
        return kind.model_validate_json(self.tails[kind].read(place))

    def _new(self, kind: type[Record], parse: Callable[[bytes], T]) -> Iterator[tuple[Place, T]]:
        for place, line in self.tails[kind].lines():
            if not line.strip():
                continue
            try:
                value = parse(line)
            except ValueError:
                self.bad_lines += 1
                continue
            yield place, value


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
