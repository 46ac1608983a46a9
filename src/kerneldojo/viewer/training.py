"""A training run as far as it is written: its steps, its validations, and what it was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerneldojo.config import Config
from kerneldojo.store import Run
from kerneldojo.store.steps import (
    METRICS,
    VALIDATIONS,
    Figures,
    number_of,
    parse_step,
    take_step,
)
from kerneldojo.viewer.tail import Rewritten, Tail

ROLLOUTS, VALIDATION = "rollouts", "validation"
"""Folders of runs, one for each step that has trajectories."""
_FOLDER = re.compile(r"step-([0-9]{1,9})")
_AHEAD = 3
"""Steps after the last one that may be gathering trajectories already."""
_NOT_SETTINGS = ("evaluation", "cache", "pool")
"""Tables that say where and how verdicts are reached, which is not what is trained."""


class TrainingIndex:
    """The steps of one training run, known as far as they are written.

    Args:
        run: the run.
        trajectories: whether those of its steps may be looked into.
    """

    def __init__(self, run: Run, *, trajectories: bool = True) -> None:
        self.path, self.kind = run.path, run.kind
        self._trajectories = trajectories
        self.facts = facts_of(run.config)
        self.version = 1
        """Grows whenever something was added; 0 is what a page knows that knows nothing."""
        self.epoch = 0
        """Grows when the file was written anew, and nothing known of it holds."""
        self._forget()

    def _forget(self) -> None:
        self._tails = Tail(self.path / METRICS), Tail(self.path / VALIDATIONS)
        self.steps: list[Figures] = []
        self.bad_lines = 0
        self.validations: dict[int, Figures] = {}
        self.ahead: list[int] = []
        self._versions: dict[int, int] = {}

    def refresh(self) -> None:
        """Read what was written since the last call."""
        try:
            changed = self._read()
        except Rewritten:
            self.epoch += 1
            self._forget()
            changed = self._read()
        ahead = self._gathering()
        changed |= ahead != self.ahead
        self.ahead = ahead
        self.version += changed

    def _read(self) -> bool:
        steps, validations = self._tails
        seen = False
        for step in self._new(steps, first=1):
            seen = True
            number = number_of(step)
            step[ROLLOUTS] = float(self.has(ROLLOUTS, number))
            take_step(self.steps, step)
            self._versions[number] = self.version + 1
        for validation in self._new(validations, first=0):
            seen = True
            self.validations[number_of(validation)] = validation
        return seen

    def _new(self, tail: Tail, first: int) -> Iterator[Figures]:
        for _, line in tail.lines():
            try:
                step = parse_step(line, first)
            except ValueError:
                self.bad_lines += bool(line.strip())
            else:
                yield step

    def _gathering(self) -> list[int]:
        last = number_of(self.steps[-1]) if self.steps else 0
        return [n for n in range(last + 1, last + 1 + _AHEAD) if self.has(ROLLOUTS, n)]

    def folder(self, kind: str, number: int) -> Path:
        """Return where the trajectories of a step lie, if there are any."""
        return self.path / kind / f"step-{number:06d}"

    def has(self, kind: str, number: int) -> bool:
        """Whether there is a run with trajectories of a step that may be looked into."""
        return self._trajectories and (self.folder(kind, number) / "config.json").is_file()

    def folders(self, kind: str) -> list[int]:
        """Return the steps that have trajectories, in order."""
        found = (_FOLDER.fullmatch(path.name) for path in (self.path / kind).glob("step-*"))
        numbers = sorted(int(match[1]) for match in found if match)
        return [number for number in numbers if self.has(kind, number)]

    def document(self, since: int) -> dict[str, Any] | None:
        """Return what a page that knows version `since` does not know; None if it knows all.

        Steps come as rows of numbers by column. They are the last ones: a page drops those it has
        with the number of the first of them, and those after it.
        """
        if self.version <= since:
            return None
        fresh = [step for step in self.steps if self._versions[number_of(step)] > since]
        names = list(dict.fromkeys(name for step in fresh for name in step))
        return {
            "kind": self.kind,
            "facts": self.facts,
            "columns": names,
            "rows": [[_number(step.get(name)) for name in names] for step in fresh],
            "skipped": [[step["step"], step["skipped"]] for step in fresh if step.get("skipped")],
            "validations": [
                [number, {name: _number(value) for name, value in figures.items()}]
                for number, figures in sorted(self.validations.items())
            ],
            "ahead": self.ahead,
            "written": self._written(),
        }

    def _written(self) -> float | None:
        try:
            return round((self.path / METRICS).stat().st_mtime, 1)
        except FileNotFoundError:
            return None


def _number(value: float | str | None) -> float | None:
    """Return a number with the digits that a chart shows; nothing for a text."""
    if value is None or isinstance(value, str):
        return None
    return value if isinstance(value, int) else float(f"{value:.6g}")


def facts_of(config: dict[str, Any]) -> dict[str, Any]:
    """Return what is trained on what, and the settings that are not what they are by default."""
    defaults = Config().model_dump(mode="json")
    changed = [
        [f"{table}.{name}", value if isinstance(value, str) else json.dumps(value)]
        for table, values in config.items()
        if table in defaults and table not in _NOT_SETTINGS and isinstance(values, dict)
        for name, value in values.items()
        if name in defaults[table] and value != defaults[table][name]
    ]
    texts = {"model": str(config["model"])} if "model" in config else {}
    rl = config.get("rl")
    if isinstance(rl, dict) and rl.get("estimator"):
        texts["estimator"] = str(rl["estimator"])
    for name in ("data", "problems", "validation"):
        count = _count(config.get(name))
        if count:
            texts[name] = f"{count:,}"
    return {**texts, "changed": changed}


def _count(value: Any) -> int:
    """Return how many there are, of what was written out or summed up as `count` and a digest."""
    if isinstance(value, dict):
        value = value.get("count", 0)
        return value if isinstance(value, int) else 0
    return len(value) if isinstance(value, list) else 0
