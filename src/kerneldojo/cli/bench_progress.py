"""How far a bench is: a live display on a terminal, a line for each verdict elsewhere."""

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
from kerneldojo.records import Entry, Evaluation, Status

_SHOWN = 4
"""How many of the evaluations under way are named."""


class BenchProgress(LiveView):
    """Takes the bench's two callbacks; stages are reported from other threads."""

    def __init__(self, console: Console, total: int) -> None:
        self._total = total
        self._counts: Counter[Status] = Counter()
        self._known = 0
        self._stages: dict[tuple[str, int], str] = {}
        self._started = time.monotonic()
        self._lock = threading.Lock()
        super().__init__(console)

    @property
    def finished(self) -> int:
        """How many solutions have their verdict."""
        return self._known + sum(self._counts.values())

    def stage(self, entry: Entry, stage: str) -> None:
        """Note that an evaluation entered a stage."""
        with self._lock:
            self._stages[entry.problem, entry.sample] = stage

    def done(self, entry: Entry, evaluation: Evaluation | None) -> None:
        """Note that a solution has its verdict; None: from before, or from an equal one."""
        with self._lock:
            self._stages.pop((entry.problem, entry.sample), None)
            if evaluation is None:
                self._known += 1
                return
            self._counts[evaluation.status] += 1
        if self._live is None:
            self._console.out(self._line(entry, evaluation))

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        return super().__enter__()

    def _line(self, entry: Entry, evaluation: Evaluation) -> str:
        width = len(str(self._total))
        timing = evaluation.timing
        figure = f"{wording.times(timing.speedup)}×" if timing else ""
        sample = f" #{entry.sample}" if entry.sample else ""
        text = (
            f"[{self.finished:{width}}/{self._total}] {words.headline(evaluation)[0]:17} "
            f"{figure:>7}  {entry.problem}{sample}"
        )
        return text.rstrip()

    def _render(self) -> RenderableType:
        with self._lock:
            counts, stages = dict(self._counts), dict(self._stages)
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=max(self._total, 1), completed=self.finished, width=36)
        grid.add_row(bar, f"{self.finished}/{self._total}", *self._pace())
        verdicts = Text("  ").join(
            Text(f"{count} {status}", words.status_style(status))
            for status, count in sorted(counts.items(), key=lambda item: -item[1])
        )
        under_way = [
            Text(f"{problem}{f' #{sample}' if sample else ''}: {stage}", "dim")
            for (problem, sample), stage in list(stages.items())[:_SHOWN]
        ]
        return Group(grid, verdicts, *under_way)

    def _pace(self) -> tuple[str, str]:
        """Return how fast it goes and how long it still takes, judging by this session."""
        judged = self.finished - self._known
        elapsed = time.monotonic() - self._started
        if not judged or not elapsed:
            return ("", "") if self._stages or judged else ("starting", "")
        left = (self._total - self.finished) * elapsed / judged
        return f"{judged / elapsed * 60:.1f} a minute", f"{wording.clock(left)} left"
