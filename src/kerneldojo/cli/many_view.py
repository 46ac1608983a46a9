"""Many trajectories under way: a progress bar with figures, or a line for each that ends."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.live_view import LiveView
from kerneldojo.cli.turn_table import best_of, better, status_of
from kerneldojo.dialogue import Watcher
from kerneldojo.records import Ending, TrajectoryRecord, Turn

_BEST = 3
"""How many of the highest speedups are named."""
_SIGN_OF_LIFE_S = 30.0
"""How often the figures are printed where nothing can be shown live."""
_UNDER_WAY = 4
"""How many of the turns under way are named."""


class ManyView(LiveView, Watcher):
    """Shows many trajectories; use it as a context manager.

    Args:
        console: where to.
        total: how many trajectories there are.
        before: how many of them have ended in an earlier session.
    """

    def __init__(self, console: Console, total: int, before: int = 0) -> None:
        self._total = total
        self._before = before
        self._ended = 0
        self._failed = 0
        self._reason = ""
        self._turns = 0
        self._recalled = 0
        self._tokens = 0
        self._money = 0.0
        self._evaluations = 0
        self._statuses: Counter[tuple[str, str]] = Counter()
        self._of: dict[str, list[Turn]] = {}
        self._best: dict[str, float] = {}
        self._doing: dict[tuple[str, str], str] = {}
        self._started = self._told = time.monotonic()
        self._lock = threading.Lock()
        super().__init__(console)

    @property
    def finished(self) -> int:
        """How many turns of these trajectories are on disk."""
        return self._turns + self._recalled

    def asked(self, trajectory: TrajectoryRecord, place: str) -> None:
        """Note that the policy is being asked."""
        self._do(trajectory, place, "waiting for the model")

    def text(self, trajectory: TrajectoryRecord, place: str, piece: str) -> None:
        """Note that more of a reply has come."""
        self._do(trajectory, place, "writing")

    def stage(self, trajectory: TrajectoryRecord, place: str, stage: str) -> None:
        """Note that an evaluation entered a stage."""
        self._do(trajectory, place, f"judging, {stage}")

    def turned(self, trajectory: TrajectoryRecord, turn: Turn, *, recalled: bool) -> None:
        """Note that a turn is finished."""
        with self._lock:
            self._doing.pop((trajectory.id, turn.record.place), None)
            self._of.setdefault(trajectory.id, []).append(turn)
            best = better(self._best.get(trajectory.problem), turn)
            if best is not None:
                self._best[trajectory.problem] = best
            if recalled:
                self._recalled += 1
                return
            self._turns += 1
            self._tokens += turn.record.usage.tokens
            self._money += turn.record.usage.money
            self._evaluations += turn.evaluation is not None and turn.record.repeats is None
            status = status_of(turn)
            self._statuses[status.plain.removesuffix(" again"), str(status.style)] += 1
        if self._live is None and time.monotonic() - self._told >= _SIGN_OF_LIFE_S:
            self._told = time.monotonic()
            self._console.out(f"{self._before + self._ended}/{self._total}  {self._pace()}")

    def ended(self, trajectory: TrajectoryRecord, ending: Ending) -> None:
        """Note that a trajectory has ended."""
        with self._lock:
            self._ended += 1
            turns = self._of.pop(trajectory.id, [])
        if self._live is None:
            self._console.out(self._line(trajectory, turns, ending))

    def failed(self, trajectory: TrajectoryRecord, error: Exception) -> None:
        """Tell that a trajectory was given up for now."""
        with self._lock:
            self._failed += 1
            self._of.pop(trajectory.id, None)
            for key in [key for key in self._doing if key[0] == trajectory.id]:
                del self._doing[key]
            reason = "as before" if str(error) == self._reason else str(error)
            self._reason = str(error)
        line = Text.assemble(("given up for now  ", "magenta"), f"{_name(trajectory)}: {reason}")
        self._console.print(line, soft_wrap=True)

    def __enter__(self) -> Self:
        self._started = self._told = time.monotonic()
        if self._live is None:
            before = f", {self._before} of them ended before" if self._before else ""
            count = wording.plural(self._total, "trajectory", "trajectories")
            self._console.out(f"{count} to be held{before}")
        return super().__enter__()

    def _do(self, trajectory: TrajectoryRecord, place: str, what: str) -> None:
        with self._lock:
            self._doing[trajectory.id, place] = f"{_name(trajectory)}, {place}: {what}"

    def _line(self, trajectory: TrajectoryRecord, turns: list[Turn], ending: Ending) -> str:
        width = len(str(self._total))
        best = best_of(turns)
        figure = f"best {wording.times(best)}×" if best is not None else "none correct"
        return (
            f"[{self._before + self._ended:{width}}/{self._total}] {_name(trajectory)}  "
            f"{wording.plural(len(turns), 'turn')}, {figure}  ({ending.end})"
        )

    def _render(self) -> RenderableType:
        with self._lock:
            statuses, doing = self._statuses.most_common(), list(self._doing.values())
            best = sorted(self._best.items(), key=lambda item: -item[1])[:_BEST]
        done = self._before + self._ended
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=max(self._total, 1), completed=done, width=28)
        grid.add_row(bar, f"{done}/{self._total}", self._left())
        parts: list[RenderableType] = [grid, Text(self._pace(), "dim")]
        if statuses:
            shown = (Text(f"{number} {name}", style) for (name, style), number in statuses)
            parts.append(Text("  ").join(shown))
        if best:
            named = ", ".join(
                f"{wording.times(value)}× {words.short_path(name)}" for name, value in best
            )
            parts.append(Text(f"best {named}", "green"))
        parts += [
            Text(line, "dim", no_wrap=True, overflow="ellipsis") for line in doing[:_UNDER_WAY]
        ]
        if len(doing) > _UNDER_WAY:
            parts.append(Text(f"and {len(doing) - _UNDER_WAY} more under way", "dim"))
        return Group(*parts)

    def _left(self) -> str:
        """Return how long it still takes, judging by this session."""
        if not self._ended:
            return ""
        elapsed = time.monotonic() - self._started
        left = (self._total - self._before - self._ended) * elapsed / self._ended
        return f"{wording.clock(left)} left"

    def _pace(self) -> str:
        elapsed = max(time.monotonic() - self._started, 1e-3)
        parts = [wording.plural(self._turns, "turn")]
        if self._recalled:
            parts.append(f"{self._recalled:,} from before")
        if self._turns:
            parts.append(f"{words.count(round(self._tokens / elapsed))} tokens/s")
            parts.append(f"{wording.digits(self._evaluations / elapsed)} evaluations/s")
        if self._money:
            parts.append(f"{words.money(self._money)} money")
        if self._failed:
            parts.append(f"{self._failed} given up for now")
        return " · ".join(parts)


def _name(trajectory: TrajectoryRecord) -> str:
    name = words.short_path(trajectory.problem)
    return f"{name} #{trajectory.sample}" if trajectory.sample else name
