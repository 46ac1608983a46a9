"""Trains and judges: the cold start once, then each arm from it, with each seed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from kerneldojo import Evaluator
from kerneldojo.corpus import Keep
from kerneldojo.corpus.filters import Answer
from kerneldojo.lessons import teach
from kerneldojo.miniature import pipeline, recipe
from kerneldojo.policies import Templates
from kerneldojo.settings import SftSettings
from kerneldojo.training import fine_tune
from kerneldojo.training.reinforcement import Practice, reinforce
from kerneldojo.training.reinforcement.journal import RlStep, Validation, Watcher
from studies.miniature.arms import ARMS, Arm

LESSONS, TAUGHT_FIRST, TAUGHT = 2500, 2500, 16
PRACTISED, HELD_OUT, TURNS = 12, 16, 2


@dataclass(frozen=True)
class Study:
    """Where everything is, and how much of it there is to be."""

    out: Path
    steps: int
    cold_steps: int = 1400
    second_steps: int = 150

    @property
    def start(self) -> Path:
        """The model that every arm begins with."""
        return self.out / "cold" / "second" / "model"

    def run(self, arm: str, seed: int) -> Path:
        """Return the directory of a training."""
        return self.out / "arms" / arm / f"seed-{seed}"

    @property
    def cache(self) -> Path:
        """Verdicts, which all arms share: a solution of a problem is judged once."""
        return self.out / "verdicts.sqlite"


def cold_start(study: Study) -> None:
    """Write lessons, have some of them judged, and learn them, unless it is done."""
    cold = study.out / "cold"
    if study.start.is_dir():
        return
    lessons = pipeline.write_lessons(cold / "lessons", LESSONS)
    pipeline.begin([lessons], cold, recipe.cold_start(study.cold_steps))
    with Evaluator(recipe.EVALUATION, cache=study.cache) as evaluator:
        taught = teach(
            pipeline.problems(pipeline.TRAIN, TAUGHT_FIRST, TAUGHT),
            Templates(curricula=recipe.SECOND_CURRICULA, variety=False),
            evaluator,
            cold / "taught",
            trajectories=8,
            keep=Keep(answer=Answer.LAST),
            settings=recipe.dialogue(TURNS),
            resume=True,
        )
    settings = recipe.cold_start(study.second_steps).model_copy(update={"learning_rate": 5e-4})
    again(cold, [lessons, Path(taught.path)], settings)


def again(cold: Path, lessons: list[Path], settings: SftSettings) -> None:
    """Learn conversations of two turns, after replies alone have been learnt."""
    fine_tune(lessons, (cold / "sft" / "model").resolve(), cold / "second", settings, resume=True)


def train(study: Study, arm: Arm, seed: int) -> None:
    """Train an arm with a seed from where it stands."""
    practice = Practice(
        model=str(study.start.resolve()),
        problems=pipeline.problems(pipeline.TRAIN, pipeline.PRACTISED, PRACTISED),
        settings=arm.settings(study.steps, seed),
        dialogue=recipe.dialogue(TURNS),
        sampling=recipe.SAMPLING,
        reward=arm.reward,
        validation=pipeline.problems(pipeline.TEST, 0, HELD_OUT),
    )
    out = study.run(arm.name, seed)
    with Evaluator(arm.evaluation(), cache=study.cache) as evaluator:
        reinforce(practice, evaluator, out, resume=True, watcher=Lines(f"{arm.name}/{seed}"))


def train_all(study: Study, seeds: list[int], arms: list[str]) -> None:
    """Train all arms with one seed, then with the next."""
    for seed in seeds:
        for name in arms:
            if not (study.run(name, seed) / "model").is_dir():
                train(study, ARMS[name], seed)


class Lines(Watcher):
    """Prints a line a step."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = time.monotonic()

    def stepped(self, step: RlStep) -> None:
        """Print a step."""
        print(
            f"{self._name} {step.step}/{step.steps} {_words(step)} kl {step.kl:.2g} "
            f"· {step.generation_s:.0f} + {step.evaluation_s:.0f} + {step.training_s:.0f} s "
            f"· {time.monotonic() - self._began:.0f} s",
            flush=True,
        )

    def validated(self, validation: Validation) -> None:
        """Print a validation."""
        print(f"{self._name} held out, {validation.step}: {_words(validation)}", flush=True)


def _words(figures: RlStep | Validation) -> str:
    shown = ("reward", "correct", "fast_1", "fast_1_2", "hacked", "lazy", "coverage", "speedup")
    return " · ".join(f"{name} {getattr(figures, name) or 0:.2f}" for name in shown)
