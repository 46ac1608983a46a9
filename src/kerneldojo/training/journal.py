"""What a training tells while it goes on: a line a step, checkpoints, and figures that are none."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from kerneldojo.errors import TrainingDiverged
from kerneldojo.records.base import Record
from kerneldojo.store import LineWriter
from kerneldojo.store.lines import read_lines
from kerneldojo.training import checkpoints
from kerneldojo.training.preparation import Lesson

METRICS = "metrics.jsonl"


class Step(Record):
    """One optimizer step: a line of `metrics.jsonl`."""

    step: int
    """Counted from 1."""
    steps: int
    """How many there will be."""
    epoch: float
    loss: float
    """Mean over the learnt tokens, in nats."""
    learning_rate: float
    gradient_norm: float
    """Before clipping."""
    accuracy: float
    """Share of the learnt tokens that the model held for the likeliest."""
    entropy: float
    """Mean over the learnt tokens, in nats."""
    tokens: int
    """Read since the beginning of the run."""
    tokens_per_s: float
    seconds: float
    """That the step took."""


class Watcher:
    """Is told how a training goes; does nothing by itself."""

    def prepared(self, lesson: Lesson) -> None:
        """Tell what there is to learn."""

    def begun(self, step: int, steps: int) -> None:
        """Tell after which step training goes on, 0 at the beginning, and how many there are."""

    def stepped(self, step: Step) -> None:
        """Tell about a step."""

    def saved(self, checkpoint: Path) -> None:
        """Tell that a checkpoint is complete."""


def read_steps(run: str | Path) -> list[Step]:
    """Return the steps of a run in order; of a step that was taken twice, the later one."""
    lines = read_lines(Path(run) / METRICS, Step.model_validate_json, [])
    steps = {line.step: line for line in lines}
    return [steps[number] for number in sorted(steps)]


class Journal(TrainerCallback):  # type: ignore[misc]
    """Writes the lines, marks checkpoints, and ends a training whose figures are none."""

    def __init__(self, run: Path, watcher: Watcher) -> None:
        self._run = run
        self._watcher = watcher
        self._lines = LineWriter(run / METRICS)
        self._began = time.monotonic()
        self._tokens_before = 0
        self._tokens = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Find out what was read before the checkpoint, if training goes on from one."""
        earlier = [step for step in read_steps(self._run) if step.step <= state.global_step]
        self._tokens_before = self._tokens = earlier[-1].tokens if earlier else 0
        if state.is_world_process_zero:
            self._watcher.begun(state.global_step, state.max_steps)

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """Write a step's line.

        Raises:
            TrainingDiverged: if loss or gradient is no number; no checkpoint is written of it.
        """
        if not logs or "loss" not in logs:
            return
        self._check(state.global_step, logs)
        seconds = time.monotonic() - self._began
        before, self._tokens = self._tokens, self._tokens_before + int(logs["num_tokens"])
        step = Step(
            step=state.global_step,
            steps=state.max_steps,
            epoch=round(state.epoch, 4),
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            gradient_norm=logs["grad_norm"],
            accuracy=logs["mean_token_accuracy"],
            entropy=logs["entropy"],
            tokens=self._tokens,
            tokens_per_s=(self._tokens - before) / seconds,
            seconds=seconds,
        )
        if state.is_world_process_zero:
            self._lines.append(step.model_dump_json())
            self._watcher.stepped(step)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Mark the checkpoint that was just written as complete."""
        if state.is_world_process_zero:
            self._watcher.saved(checkpoints.mark(self._run, state.global_step))

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _check(self, step: int, logs: Mapping[str, float]) -> None:
        for name, words in (("loss", "loss"), ("grad_norm", "gradient's norm")):
            value = logs.get(name, 0.0)
            if not math.isfinite(value):
                last = checkpoints.last(self._run)
                good = f"The last good checkpoint is {last}." if last else "No checkpoint is there."
                raise TrainingDiverged(
                    f"step {step}: the {words} is {value}. {good} Try a lower "
                    "sft.learning_rate, or sft.precision=float32, in another run."
                )
