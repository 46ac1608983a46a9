"""A training under way: a bar with figures on a terminal, a line a step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.live_view import LiveView
from kerneldojo.training.journal import Step, Watcher
from kerneldojo.training.preparation import Lesson, reasons

_REASONS = 5
"""Most reasons for bad rows that are told."""


def told(lesson: Lesson) -> Iterator[str]:
    """Yield lines about what there is to learn."""
    facts = lesson.facts()
    yield (
        f"{wording.plural(facts['conversations'], 'conversation')}, "
        f"{wording.plural(facts['replies'], 'reply', 'replies')} in "
        f"{wording.plural(facts['sequences'], 'sequence')} of up to {facts['longest']:,} tokens; "
        f"{words.count(facts['learnt_tokens'])} of {words.count(facts['tokens'])} tokens are learnt"
    )
    if lesson.cut or lesson.dropped:
        yield f"longer than sft.max_length: {lesson.cut:,} cut, {lesson.dropped:,} left out"
    found = reasons(lesson.bad)
    for reason, count, first in found[:_REASONS]:
        yield f"passed over {wording.plural(count, 'row')} ({first.place}): {reason}"
    if found[_REASONS:]:
        yield f"and rows for {wording.plural(len(found) - _REASONS, 'further reason')}"


class TrainView(LiveView, Watcher):
    """Shows a training; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._first = self._total = 0
        self._step: Step | None = None
        self._saved = ""
        self._started = time.monotonic()
        super().__init__(console)

    def prepared(self, lesson: Lesson) -> None:
        """Tell what there is to learn."""
        for line in told(lesson):
            self._console.out(line, highlight=False)

    def begun(self, step: int, steps: int) -> None:
        """Tell where training begins or goes on."""
        self._first, self._total = step, steps
        self._started = time.monotonic()
        if step:
            self._console.out(f"going on after step {step:,} of {steps:,}", highlight=False)

    def stepped(self, step: Step) -> None:
        """Show a step."""
        self._step = step
        if self._live is None:
            width = len(str(step.steps))
            self._console.out(f"[{step.step:{width}}/{step.steps}] {_figures(step)}")

    def saved(self, checkpoint: Path) -> None:
        """Note a checkpoint."""
        self._saved = checkpoint.name

    def _render(self) -> RenderableType:
        if self._step is None:
            return Text("loading", "dim")
        step = self._step
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=step.steps, completed=step.step, width=28)
        grid.add_row(bar, f"{step.step:,}/{step.steps:,}", f"{self._left(step)} left")
        last = f" · {self._saved}" if self._saved else ""
        return Group(grid, Text(_figures(step) + last, "dim"))

    def _left(self, step: Step) -> str:
        elapsed = time.monotonic() - self._started
        return wording.clock((step.steps - step.step) * elapsed / (step.step - self._first))


def _figures(step: Step) -> str:
    return (
        f"loss {step.loss:.4f} · learning rate {step.learning_rate:.2e} · "
        f"gradient {wording.digits(step.gradient_norm)} · epoch {step.epoch:.2f} · "
        f"{words.count(round(step.tokens_per_s))} tokens/s"
    )
