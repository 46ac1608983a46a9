"""Trains and judges: the cold start once, then each arm from it, with each seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kerneldojo import Evaluator
from kerneldojo.corpus import Keep
from kerneldojo.corpus.filters import Answer
from kerneldojo.lessons import teach
from kerneldojo.miniature import pipeline, recipe
from kerneldojo.miniature.telling import ColdStart, Practised
from kerneldojo.policies import Templates
from kerneldojo.training import fine_tune
from kerneldojo.training.reinforcement import Practice, reinforce
from studies.miniature.arms import ARMS, Arm

LESSONS, TAUGHT_FIRST, TAUGHT = 2500, 2500, 16
TAUGHT_TIMES = 10
"""How often the judged conversations, which are few, count against the lessons."""
PRACTISED, HELD_OUT, TURNS = 12, 12, 2


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


@dataclass(frozen=True)
class Study:
    """Where everything is, and how much of it there is to be."""

    out: Path
    steps: int
    cold_steps: int = 1400
    second_steps: int = 500

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
    settings = recipe.cold_start(study.cold_steps)
    pipeline.begin([lessons], cold, settings, watcher=ColdStart(tell))
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
    settings = recipe.cold_start(study.second_steps).model_copy(update={"learning_rate": 1.5e-3})
    fine_tune(
        [lessons, *[taught.path] * TAUGHT_TIMES],
        (cold / "sft" / "model").resolve(),
        cold / "second",
        settings,
        resume=True,
        watcher=ColdStart(tell),
    )


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
        reinforce(
            practice, evaluator, out, resume=True, watcher=Practised(tell, f"{arm.name}/{seed}")
        )


def train_all(study: Study, seeds: list[int], arms: list[str]) -> None:
    """Train all arms with one seed, then with the next."""
    for seed in seeds:
        for name in arms:
            if not (study.run(name, seed) / "model").is_dir():
                train(study, ARMS[name], seed)
