"""Reinforcement learning under way: a bar with figures on a terminal, a line a step elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli.live_view import LiveView
from kerneldojo.training.reinforcement.figures import Figures
from kerneldojo.training.reinforcement.journal import RlStep, Validation, Watcher


class RlView(LiveView, Watcher):
    """Shows a training; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._first = self._total = 0
        self._step: RlStep | None = None
        self._validation: Validation | None = None
        self._saved = ""
        self._started = time.monotonic()
        super().__init__(console)

    def begun(self, step: int, steps: int) -> None:
        """Tell where training begins or goes on."""
        self._first, self._total = step, steps
        self._started = time.monotonic()
        if step:
            self._console.out(f"going on after step {step:,} of {steps:,}", highlight=False)

    def stepped(self, step: RlStep) -> None:
        """Show a step."""
        self._step = step
        if self._live is None:
            width = len(str(step.steps))
            self._console.out(
                f"[{step.step:{width}}/{step.steps}] {figures(step)} · {_work(step)}",
                highlight=False,
            )

    def validated(self, validation: Validation) -> None:
        """Show a validation."""
        self._validation = validation
        if self._live is None:
            self._console.out(
                f"held out, after step {validation.step:,}: {figures(validation)}", highlight=False
            )

    def saved(self, checkpoint: Path) -> None:
        """Note a checkpoint."""
        self._saved = checkpoint.name

    def _render(self) -> RenderableType:
        if self._step is None:
            return Text("the first trajectories are on their way", "dim")
        step = self._step
        grid = Table.grid(padding=(0, 2))
        bar = ProgressBar(total=step.steps, completed=step.step, width=28)
        grid.add_row(bar, f"{step.step:,}/{step.steps:,}", f"{self._left(step)} left")
        lines: list[RenderableType] = [grid, Text(figures(step))]
        last = f" · {self._saved}" if self._saved else ""
        lines.append(Text(_work(step) + last, "dim"))
        if self._validation is not None:
            held_out = f"held out, after step {self._validation.step:,}: "
            lines.append(Text(held_out + figures(self._validation), "dim"))
        return Group(*lines)

    def _left(self, step: RlStep) -> str:
        elapsed = time.monotonic() - self._started
        return wording.clock((step.steps - step.step) * elapsed / (step.step - self._first))


def figures(found: Figures) -> str:
    """Return in one line what trajectories are like."""
    return " · ".join(
        f"{name} {value}"
        for name, value in (
            ("reward", _number(found.reward)),
            ("correct", _share(found.correct)),
            ("fast@1", _share(found.fast_1)),
            ("fast@1.2", _share(found.fast_1_2)),
            ("coverage", _share(found.coverage)),
            ("hacked", _share(found.hacked)),
            ("lazy", _share(found.lazy)),
        )
    )


def _work(step: RlStep) -> str:
    drawing, verdicts, learning = map(
        wording.digits, (step.generation_s, step.evaluation_s, step.training_s)
    )
    split = f"(drawing {drawing}, verdicts {verdicts}, learning {learning})"
    parts = [
        f"entropy {_number(step.entropy)}",
        f"kl {step.kl:.1e}" if step.kl is not None else "",
        f"{wording.digits(step.seconds)} s {split}",
        f"{step.lost} lost" if step.lost else "",
        f"no update: {step.skipped}" if step.skipped else "",
    ]
    return " · ".join(part for part in parts if part)


def _number(value: float | None) -> str:
    return f"{value:.2f}" if value is not None else "–"


def _share(value: float | None) -> str:
    return wording.percent(value) if value is not None else "–"
