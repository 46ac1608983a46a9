"""The miniature in minutes: reinforcement learning, and before it, if wanted, the cold start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kerneldojo.evaluator import Evaluator
from kerneldojo.miniature import pipeline, recipe
from kerneldojo.miniature.model import Size
from kerneldojo.miniature.telling import ColdStart, Practised, Tell
from kerneldojo.policies.dojo import FOLDER
from kerneldojo.training.reinforcement import Practice, reinforce
from kerneldojo.training.reinforcement.journal import (
    RlStep,
    Validation,
    read_steps,
    read_validations,
)


@dataclass(frozen=True)
class Extent:
    """How much is done; without a cold start it takes less than 20 minutes on two cores."""

    from_nothing: bool = False
    """Make and teach a model first; else it is the policy `dojo`, which was taught already."""
    lessons: int = 10_000
    """Problems of the cold start."""
    cold_steps: int = 2500
    size: Size = field(default_factory=Size)
    steps: int = 12
    practised: int = 16
    """Problems of reinforcement learning: two steps go through them all, so that the first third of
    the steps and the last are about the same ones."""
    turns: int = 2
    held_out: int = 12


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    steps: tuple[RlStep, ...]
    held_out: tuple[Validation, ...]
    """On problems that nothing was learnt from, before and after."""

    @property
    def rewards(self) -> tuple[float, float]:
        """Mean reward in the first and in the last third of the steps."""
        third = max(len(self.steps) // 3, 1)
        first, last = (
            [step.reward or 0.0 for step in steps]
            for steps in (self.steps[:third], self.steps[-third:])
        )
        return sum(first) / len(first), sum(last) / len(last)


def demo(
    out: str | Path, evaluator: Evaluator, tell: Tell = print, extent: Extent | None = None
) -> Outcome:
    """Train a policy by what its kernels are worth, and return how its rewards went.

    What is finished in `out` is not done again.

    Args:
        out: gets the run `rl`, with the model in `rl/model`, and those of a cold start.
        evaluator: with the settings of `recipe.EVALUATION`.
        tell: is given a line now and then.
        extent: how much is done.

    Raises:
        UsageError: if a package is missing, or `out` holds runs of another extent.
        InfrastructureError: if nothing can be judged or written.
    """
    out, extent = Path(out), extent or Extent()
    model = _taught(out, tell, extent) if extent.from_nothing else FOLDER
    settings = recipe.practice(extent.steps).model_copy(
        update={"validate_steps": extent.steps, "validation_trajectories": 2}
    )
    practice = Practice(
        model=str(model.resolve()),
        problems=pipeline.problems(pipeline.TRAIN, pipeline.PRACTISED, extent.practised),
        settings=settings,
        dialogue=recipe.dialogue(extent.turns),
        sampling=recipe.SAMPLING,
        validation=pipeline.problems(pipeline.TEST, 0, extent.held_out),
    )
    tell(
        f"Reinforcement learning on {extent.practised} problems it has not seen: every reply is "
        "compiled, checked and timed."
    )
    reinforce(practice, evaluator, out / "rl", resume=True, watcher=Practised(tell))
    return Outcome(tuple(read_steps(out / "rl")), tuple(read_validations(out / "rl")))


def _taught(out: Path, tell: Tell, extent: Extent) -> Path:
    """Return a model that was made and taught in `out`."""
    tell(f"Lessons: replies of mixed quality, mostly lazy, to {extent.lessons:,} problems.")
    lessons = pipeline.write_lessons(out / "lessons", extent.lessons)
    tell("Cold start: a tokenizer and a model from nothing learn them.")
    settings, watcher = recipe.cold_start(extent.cold_steps), ColdStart(tell)
    return pipeline.begin([lessons], out, settings, size=extent.size, watcher=watcher)
