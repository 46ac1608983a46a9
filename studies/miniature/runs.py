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

TAUGHT_FIRST, TAUGHT = 2500, 16
"""Problems of the judged conversations."""
TURNS = 2


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


@dataclass(frozen=True)
class Study:
    """Where everything is, and how much of it there is to be."""

    out: Path
    steps: int = 40
    practised: int = 96
    """Problems of reinforcement learning."""
    held_out: int = 24
    """Problems that nothing is learnt from."""

    @property
    def start(self) -> Path:
        """The model that every arm begins with."""
        return self.out / "cold" / "fourth" / "model"

    def run(self, arm: str, seed: int) -> Path:
        """Return the directory of a training."""
        return self.out / "arms" / arm / f"seed-{seed}"

    @property
    def cache(self) -> Path:
        """Verdicts, which all arms share: a solution of a problem is judged once."""
        return self.out / "verdicts.sqlite"


def cold_start(study: Study) -> None:
    """Teach a model from nothing, unless it is done: replies, then conversations, twice.

    The later stages have many more problems than the earlier ones, after which the model knew its
    lessons by heart, read new questions badly, and second turns worse.
    """
    cold = study.out / "cold"
    if study.start.is_dir():
        return
    few = pipeline.write_lessons(cold / "few", 2500, first=0, replies=2)
    many = pipeline.write_lessons(cold / "many", 10_000)
    first = pipeline.begin([few], cold, recipe.cold_start(1400), watcher=ColdStart(tell))
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
    conversations = pipeline.write_conversations(
        cold / "taught", cold / "conversations.jsonl", 5600, first=14_000
    )
    second = _again(cold / "second", first, [few, *[Path(taught.path)] * 10], (500, 1.5e-3))
    third = _again(cold / "third", second, [many, *[Path(taught.path)] * 5], (665, 2e-3))
    _again(cold / "fourth", third, [conversations], (350, 1.5e-3))


def _again(out: Path, model: Path, lessons: list[Path], extent: tuple[int, float]) -> Path:
    """Teach a model more, by so many steps and with such a learning rate."""
    steps, rate = extent
    settings = recipe.cold_start(steps).model_copy(update={"learning_rate": rate})
    return fine_tune(lessons, model.resolve(), out, settings, resume=True, watcher=ColdStart(tell))


def train(study: Study, arm: Arm, seed: int) -> None:
    """Train an arm with a seed from where it stands."""
    practice = Practice(
        model=str(study.start.resolve()),
        problems=pipeline.problems(pipeline.TRAIN, pipeline.PRACTISED, study.practised),
        settings=arm.settings(study.steps, seed),
        dialogue=recipe.dialogue(TURNS),
        sampling=recipe.SAMPLING,
        reward=arm.reward,
        validation=pipeline.problems(pipeline.TEST, 0, study.held_out),
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
