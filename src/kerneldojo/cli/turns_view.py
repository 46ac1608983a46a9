"""One search under way: a table of its turns that grows, and what is being done right now."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.spinner import Spinner
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.live_view import LiveView
from kerneldojo.cli.turn_table import better, spent, turn_line, turn_table
from kerneldojo.dialogue import Watcher
from kerneldojo.records import Ending, Evaluation, TrajectoryRecord, Turn, Usage

_AROUND = 10
"""Lines that a terminal needs besides the rows of the table."""
_UNDER_WAY = 6
"""Most turns under way that are named."""


@dataclass
class _Doing:
    what: str
    since: float
    characters: int = 0

    def words(self, place: str) -> str:
        """Return what is done, for how long."""
        written = f" {self.characters:,} characters" if self.characters else ""
        elapsed = wording.clock(time.monotonic() - self.since)
        return f"{place}: {self.what}{written}  {elapsed}"


class TurnsView(LiveView, Watcher):
    """Shows one trajectory; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._turns: list[Turn] = []
        self._recalled = 0
        self._doing: dict[str, _Doing] = {}
        self._anew: list[Text] = []
        """What came of judging finalists anew."""
        self._best: float | None = None
        self._usage = Usage()
        self._started = time.monotonic()
        self._lock = threading.Lock()
        super().__init__(console)

    @property
    def finished(self) -> int:
        """How many turns are on disk."""
        return len(self._turns)

    def asked(self, trajectory: TrajectoryRecord, place: str) -> None:
        """Note that the policy is being asked."""
        with self._lock:
            self._doing[place] = _Doing("waiting for the model", time.monotonic())

    def text(self, trajectory: TrajectoryRecord, place: str, piece: str) -> None:
        """Note that more of a reply has come."""
        with self._lock:
            doing = self._doing.get(place)
            if doing is not None:
                doing.what, doing.characters = "writing,", doing.characters + len(piece)

    def stage(self, trajectory: TrajectoryRecord, place: str, stage: str) -> None:
        """Note that an evaluation entered a stage."""
        with self._lock:
            doing = self._doing.get(place)
            since = doing.since if doing else time.monotonic()
            self._doing[place] = _Doing(f"judging, {stage}", since)

    def turned(self, trajectory: TrajectoryRecord, turn: Turn, *, recalled: bool) -> None:
        """Note that a turn is finished."""
        with self._lock:
            self._doing.pop(turn.record.place, None)
            self._turns.append(turn)
            self._recalled += recalled
            self._best = better(self._best, turn)
            self._usage += turn.record.usage
        if self._live is None:
            self._console.out(turn_line(turn, self._best) + ("  (kept)" if recalled else ""))

    def verified(self, trajectory: TrajectoryRecord, turn: Turn, evaluation: Evaluation) -> None:
        """Note that a finalist has been judged anew."""
        headline, style = words.headline(evaluation)
        figure = f"  {words.speedup(evaluation.timing)}" if evaluation.timing else ""
        line = Text.assemble(f"{words.turn_name(turn)}, judged anew: ", (headline, style), figure)
        with self._lock:
            self._doing.pop(f"verification of {turn.record.place}", None)
            self._anew.append(line)
        if self._live is None:
            self._console.print(line, soft_wrap=True)

    def ended(self, trajectory: TrajectoryRecord, ending: Ending) -> None:
        """Note that all is done."""
        with self._lock:
            self._doing.clear()

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._live is not None:
            if self._turns:
                self._console.print(self._table())
            for line in self._anew:
                self._console.print(line, soft_wrap=True)
        if self._turns:
            self._console.print(Text(self._summary(), "dim"))

    def _render(self) -> RenderableType:
        with self._lock:
            doing = [each.words(place) for place, each in self._doing.items()]
            parts: list[RenderableType] = [self._table(live=True)] if self._turns else []
            parts += self._anew
        parts += [
            Spinner("dots", Text(line, no_wrap=True, overflow="ellipsis"))
            for line in doing[:_UNDER_WAY]
        ]
        if len(doing) > _UNDER_WAY:
            parts.append(Text(f"  and {len(doing) - _UNDER_WAY} more", "dim"))
        if not doing:
            parts.append(Spinner("dots", Text("starting" if not self._turns else "concluding")))
        parts.append(Text(self._summary(), "dim", no_wrap=True, overflow="ellipsis"))
        return Group(*parts)

    def _table(self, *, live: bool = False) -> RenderableType:
        last = max(3, self._console.height - _AROUND) if live else 0
        return turn_table(self._turns, self._console.width, self._console, last)

    def _summary(self) -> str:
        parts = [spent(self._usage, len(self._turns))]
        if self._recalled:
            parts.append(f"{self._recalled} kept from before")
        if self._best is not None:
            parts.append(f"best {wording.times(self._best)}×")
        parts.append(wording.clock(time.monotonic() - self._started))
        return " · ".join(parts)
