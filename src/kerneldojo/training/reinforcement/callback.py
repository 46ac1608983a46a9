"""What is written while the trainer goes on: a line a step, and what a checkpoint needs of ours."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from kerneldojo.errors import TrainingDiverged
from kerneldojo.rl import LengthTriggered
from kerneldojo.store import LineWriter
from kerneldojo.store.whole import write_whole
from kerneldojo.training import checkpoints, processes
from kerneldojo.training.reinforcement.agreement import Agreement
from kerneldojo.training.reinforcement.figures import figures_of
from kerneldojo.training.reinforcement.journal import METRICS, RlStep, Watcher, read_steps
from kerneldojo.training.reinforcement.learner import Learner
from kerneldojo.training.reinforcement.steps import Step, Steps, Tally

_STATE = "practice.json"
"""What a checkpoint holds of ours."""


class Journal(TrainerCallback):  # type: ignore[misc]
    """Writes lines and checkpoints' states, and ends a training whose figures are none.

    Args:
        run: directory of the run.
        learner: takes the steps.
        steps: whose state goes into checkpoints.
        watcher: is told.
    """

    def __init__(self, run: Path, learner: Learner, steps: Steps, watcher: Watcher) -> None:
        self._run = run
        self._learner = learner
        self._steps = steps
        self._watcher = watcher
        self._lines = LineWriter(run / METRICS)
        self._tokens = 0
        self._losses: list[float] = []
        self._gradients: list[float] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Find out what was read before, if training goes on."""
        updates = self._learner.settings.updates
        done = state.global_step // updates
        earlier = [step for step in read_steps(self._run) if step.step <= done]
        self._tokens = earlier[-1].tokens if earlier else 0
        if state.is_world_process_zero:
            self._watcher.begun(done, state.max_steps // updates)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any
    ) -> None:
        """Write a step's line, after the last of its updates.

        Raises:
            TrainingDiverged: if loss or gradient is no number; no checkpoint is written of it.
        """
        if not logs or "loss" not in logs:
            return
        self._losses.append(logs["loss"])
        self._gradients.append(float(logs.get("grad_norm") or 0.0))
        updates = self._learner.settings.updates
        self._check(math.ceil(state.global_step / updates))
        if state.global_step % updates:
            return
        tallies = processes.together([self._tally()])
        step = self._line(tallies, state, logs["learning_rate"])
        self._losses, self._gradients, self._tokens = [], [], step.tokens
        if step.length:
            self._learner.length = self._learner.length.observe(step.length)
        if state.is_world_process_zero:
            self._lines.append(step.model_dump_json())
            self._watcher.stepped(step)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Put our state beside the model's, and mark the checkpoint as complete.

        Raises:
            TrainingDiverged: if a weight is no number; then it is not complete.
        """
        for name, weight in self._learner.model.named_parameters():
            if not bool(weight.isfinite().all()):
                raise TrainingDiverged(
                    f"step {state.global_step // self._learner.settings.updates}: {name} is no "
                    "longer finite. Try a lower rl.learning_rate in another run."
                )
        if not state.is_world_process_zero:
            return
        folder = self._run / checkpoints.FOLDER / f"checkpoint-{state.global_step}"
        ours = {"steps": self._steps.to_dict(), "length": self._learner.length.to_dict()}
        write_whole(folder / _STATE, json.dumps(ours))
        self._watcher.saved(checkpoints.mark(self._run, state.global_step))

    def restore(self, checkpoint: Path) -> None:
        """Go on with a checkpoint's state of ours."""
        ours = json.loads((checkpoint / _STATE).read_text(encoding="utf-8"))
        self._steps.restore(ours["steps"])
        self._learner.length = LengthTriggered.from_dict(ours["length"])

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _tally(self) -> Tally:
        """Return what this process contributes, with what only the pass that learns could tell."""
        tally, found = self._taken.tally, self._learner.take_agreement()
        return tally if tally.agreement is not None else replace(tally, agreement=found)

    def _line(self, tallies: Sequence[Tally], state: Any, learning_rate: float) -> RlStep:
        taken, learner = self._taken, self._learner
        training_s = time.monotonic() - taken.made_at
        seconds = max(tally.seconds for tally in tallies) + training_s
        drawing_s = max(tally.drawing_s for tally in tallies)
        tokens = sum(tally.tokens for tally in tallies)
        agreement = sum((tally.agreement or Agreement() for tally in tallies), Agreement())
        learnt = sum(tally.learnt for tally in tallies)
        facts = [turns for tally in tallies for turns in tally.facts]
        updates = learner.settings.updates

        def share(part: float, whole: float) -> float | None:
            return part / whole if whole else None

        return RlStep(
            **figures_of(facts).model_dump(),
            step=state.global_step // updates,
            steps=state.max_steps // updates,
            loss=sum(self._losses) / len(self._losses),
            learning_rate=learning_rate,
            gradient_norm=sum(self._gradients) / len(self._gradients),
            entropy=share(agreement.entropy, agreement.tokens),
            kl=share(agreement.kl, agreement.tokens),
            effective_samples=share(agreement.effective, agreement.tokens),
            rejected_mismatch=share(sum(tally.rejected for tally in tallies), learnt),
            vetoed=share(sum(tally.vetoed for tally in tallies), learnt),
            rejected_profiling=share(
                sum(tally.rejected_profiling for tally in tallies),
                sum(tally.correct for tally in tallies),
            ),
            clipped=learner.take_clipped(),
            prompts=sum(tally.prompts for tally in tallies),
            rows=sum(tally.rows for tally in tallies),
            tokens=self._tokens + tokens,
            tokens_per_s=tokens / seconds,
            seconds=seconds,
            generation_s=drawing_s,
            evaluation_s=max(seconds - training_s - drawing_s, 0.0),
            training_s=training_s,
            skipped=taken.skipped,
        )

    def _check(self, step: int) -> None:
        for value, words in ((self._losses[-1], "loss"), (self._gradients[-1], "gradient's norm")):
            if not math.isfinite(value):
                raise TrainingDiverged(
                    f"step {step}: the {words} is {value}. Try a lower rl.learning_rate, or "
                    "rl.precision=float32, in another run."
                )

    @property
    def _taken(self) -> Step:
        assert self._learner.taken is not None
        return self._learner.taken
