"""What reinforcement learning tells while it goes on: a line a step, checkpoints, views."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from kerneldojo.store.lines import read_lines
from kerneldojo.training.reinforcement.figures import Figures

METRICS = "metrics.jsonl"
VALIDATION = "validation.jsonl"

R = TypeVar("R", "RlStep", "Validation")


class RlStep(Figures):
    """One step: a line of `metrics.jsonl`."""

    step: int
    """Counted from 1."""
    steps: int
    """How many there will be."""
    loss: float
    learning_rate: float
    gradient_norm: float
    """Before clipping."""
    entropy: float | None
    """Of the policy, mean over the tokens it drew, in nats."""
    kl: float | None
    """k3 between sampler and trainer, in nats a token."""
    effective_samples: float | None
    """Share of the tokens that importance sampling would be left with."""
    rejected_mismatch: float | None
    """Share of trajectories that mismatch rejection left nothing of."""
    vetoed: float | None
    """Share of trajectories with a token the trainer holds to be all but impossible."""
    rejected_profiling: float | None
    """Share of correct turns that PRS left out."""
    clipped: float | None
    """Share of tokens whose ratio was at one of PPO's clips."""
    prompts: int
    rows: int
    """Sequences that were learnt from."""
    tokens: int
    """Drawn and read since the beginning of the run."""
    tokens_per_s: float
    """Drawn and read in this step."""
    seconds: float
    generation_s: float
    """Time in which replies were drawn."""
    evaluation_s: float
    """Time in which nothing was done but to wait for verdicts."""
    training_s: float
    """All the rest of the step."""
    skipped: str | None
    """Why no update was made."""


class Validation(Figures):
    """The model on problems it does not learn from: a line of `validation.jsonl`."""

    step: int
    """Steps taken before."""
    seconds: float


class Watcher:
    """Is told how reinforcement learning goes; does nothing by itself."""

    def begun(self, step: int, steps: int) -> None:
        """Tell after which step training goes on, 0 at the beginning, and how many there are."""

    def stepped(self, step: RlStep) -> None:
        """Tell about a step."""

    def validated(self, validation: Validation) -> None:
        """Tell about a validation."""

    def saved(self, checkpoint: Path) -> None:
        """Tell that a checkpoint is complete."""


def read_steps(run: str | Path) -> list[RlStep]:
    """Return the steps of a run in order; of a step that was taken twice, the later one."""
    return _latest(Path(run) / METRICS, RlStep)


def read_validations(run: str | Path) -> list[Validation]:
    """Return the validations of a run in order; of two after the same step, the later one."""
    return _latest(Path(run) / VALIDATION, Validation)


def _latest(path: Path, kind: type[R]) -> list[R]:
    found = {line.step: line for line in read_lines(path, kind.model_validate_json, [])}
    return [found[step] for step in sorted(found)]
