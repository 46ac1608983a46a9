"""A training run in a terminal: how far it is, its latest steps, and what became of its figures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text

from kerneldojo import wording
from kerneldojo.cli import words
from kerneldojo.cli.tables import Cell, show_table
from kerneldojo.errors import UsageError
from kerneldojo.metrics.training import Course, course
from kerneldojo.store import Run
from kerneldojo.store.steps import Figures, number_of

LATEST = 10
"""Steps that the table has."""
_RECENT = 20
"""Steps that say how fast it goes."""
_WIDE = 24
_BLOCKS = "▁▂▃▄▅▆▇█"


def _share(value: float) -> str:
    return f"{value:.1%}".replace("%", " %") if 0 < value < 0.0995 else wording.percent(value)


def _number(value: float) -> str:
    return f"{value:.1e}" if 0 < abs(value) < 1e-3 else wording.digits(value)


def _ratio(value: float) -> str:
    return f"{wording.times(value)}×"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"


def _count(value: float) -> str:
    return words.count(round(value))


_FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("reward", "reward", _number),
    ("reward_last", "last turn", _number),
    ("reward_best", "best turn", _number),
    ("correct", "correct", _share),
    ("fast_1", "fast@1", _share),
    ("fast_1_2", "fast@1.2", _share),
    ("speedup", "speedup", _ratio),
    ("coverage", "coverage", _share),
    ("hacked", "hacked", _share),
    ("lazy", "lazy", _share),
    ("loss", "loss", _number),
    ("accuracy", "accuracy", _share),
    ("entropy", "entropy", _number),
    ("kl", "KL", _number),
    ("rejected_mismatch", "MRS", _share),
    ("rejected_profiling", "PRS", _share),
    ("vetoed", "veto", _share),
    ("gradient_norm", "gradient", _number),
    ("learning_rate", "learning rate", _number),
    ("lost", "lost turns", _count),
    ("length", "length", _count),
    ("tokens_per_s", "tokens/s", _count),
    ("generation_s", "replies", _seconds),
    ("evaluation_s", "verdicts", _seconds),
    ("training_s", "learning", _seconds),
    ("seconds", "time", _seconds),
)
"""Names in `metrics.jsonl`, what tables call them, and how they are told."""
_LATE = frozenset(
    "reward correct fast_1 fast_1_2 speedup coverage hacked loss accuracy entropy gradient_norm "
    "length seconds".split()
)
"""Figures of the latest steps; the summary has them all."""
_SPARE = (
    "gradient_norm",
    "length",
    "loss",
    "coverage",
    "entropy",
    "fast_1_2",
    "speedup",
    "seconds",
)
"""What a narrow terminal goes without, the first of them first."""


def show_training(console: Console, run: Run, steps: Sequence[Figures]) -> None:
    """Print where a training is, its latest steps, and the course of every figure.

    Args:
        console: where to.
        run: the training run.
        steps: its steps, in order.
    """
    what = {"rl": "reinforcement learning", "sft": "supervised fine-tuning"}[run.kind]
    model = wording.plain(str(run.config.get("model", "")))
    began = words.date(run.info.created_at)
    console.print(Text.assemble((model, "bold"), (f"  {what}, begun {began}", "dim")))
    if not steps:
        console.print("No step has been taken yet.")
        return
    console.print(Text(_progress(steps)), soft_wrap=True)
    _show_latest(console, steps[-LATEST:])
    _show_courses(console, steps)
    _show_skipped(console, steps)


def _progress(steps: Sequence[Figures]) -> str:
    last = steps[-1]
    planned = int(_known(last, "steps") or number_of(last))
    taken = [seconds for step in steps if (seconds := _known(step, "seconds")) is not None]
    parts = [f"step {number_of(last):,} of {planned:,}"]
    if taken:
        each = statistics.median(taken[-_RECENT:])
        parts.append(f"{wording.clock(each)} a step")
        left = planned - number_of(last)
        parts.append(
            f"{wording.clock(each * left)} left" if left else f"done in {wording.clock(sum(taken))}"
        )
    return " · ".join(parts)


def _known(step: Figures, name: str) -> float | None:
    value = step.get(name)
    return value if isinstance(value, int | float) else None


def _show_latest(console: Console, steps: Sequence[Figures]) -> None:
    shown = [
        figure
        for figure in _FIGURES
        if figure[0] in _LATE and any(_known(step, figure[0]) is not None for step in steps)
    ]
    rows: list[list[Cell]] = []
    for step in steps:
        cells = ((tell, _known(step, name)) for name, _, tell in shown)
        told: list[Cell] = ["–" if value is None else tell(value) for tell, value in cells]
        mark = Text("skipped", "yellow") if step.get("skipped") else ""
        rows.append([f"{number_of(step):,}", *told, mark])
    heads = ["step", *(head for _, head, _ in shown), ""]
    places = {name: place for place, (name, _, _) in enumerate(shown, 1)}
    spare = [places[name] for name in _SPARE if name in places]
    console.print()
    show_table(console, heads, rows, right=range(len(heads) - 1), spare=spare)


def _show_courses(console: Console, steps: Sequence[Figures]) -> None:
    rows: list[list[Cell]] = []
    for name, head, tell in _FIGURES:
        found = course(steps, name)
        if found is not None and len(found.values) > 1:
            rows.append(
                [head, tell(found.first), tell(found.last), _best(found, tell), _line(found)]
            )
    if rows:
        console.print()
        heads = ("", "first tenth", "last tenth", "best step", "course")
        show_table(console, heads, rows, right=(1, 2), spare=(3,))


def _best(found: Course, tell: Callable[[float], str]) -> Cell:
    if found.best is None or min(found.values) == max(found.values):
        return ""
    return Text.assemble(tell(found.best), (f"  ({found.best_step:,})", "dim"))


def _line(found: Course) -> str:
    """Return means over successive parts of the steps as a row of blocks."""
    parts = min(_WIDE, len(found.values))
    bounds = [len(found.values) * part // parts for part in range(parts + 1)]
    means = [statistics.fmean(found.values[start:end]) for start, end in pairwise(bounds)]
    low, high = min(means), max(means)
    if high == low:
        return _BLOCKS[0] * parts
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[round((mean - low) / (high - low) * top)] for mean in means)


def _show_skipped(console: Console, steps: Sequence[Figures]) -> None:
    skipped = [step for step in steps if step.get("skipped")]
    if skipped:
        last = skipped[-1]
        count = wording.plural(len(skipped), "step")
        why = f"{number_of(last):,}: {wording.plain(str(last['skipped']))}"
        console.print(Text(f"\n{count} skipped, the last one {why}", "yellow"), soft_wrap=True)


def step_named(run: Run, steps: Sequence[Figures], name: str) -> dict[str, Any]:
    """Return one step by its number.

    Raises:
        UsageError: if the name is no number of a step.
    """
    for step in steps:
        if str(number_of(step)) == name:
            return step
    there = f"1 to {number_of(steps[-1]):,}" if steps else "none yet"
    raise UsageError(
        f"{run.path} is a training run and has no step {name!r}; its steps are {there}. "
        f"The answers of a step are a run of their own: "
        f"kerneldojo show {run.path}/rollouts/step-000001"
    )


def show_step(console: Console, step: Figures) -> None:
    """Print all figures of a step by the names they have in `metrics.jsonl`."""
    tell = {name: tell for name, _, tell in _FIGURES}
    rows: list[list[Cell]] = []
    for name, value in step.items():
        if isinstance(value, int | float):
            rows.append([name, tell.get(name, _plainly)(value)])
        else:
            rows.append([name, "–" if value is None else wording.plain(value)])
    show_table(console, ("figure", "value"), rows)


def _plainly(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else _number(value)
