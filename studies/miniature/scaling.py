"""Sequential test-time scaling of a model of the study, on held-out problems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from kerneldojo import Evaluator
from kerneldojo.dialogue import Rules
from kerneldojo.miniature import pipeline, recipe
from kerneldojo.policies import open_policy
from kerneldojo.records import Status, Trajectory
from kerneldojo.strategies import search
from studies.miniature.runs import Study

STRATEGY = "sequential(turns=2, iterations=6, keep=1)"
"""Two turns as in training, then more of them that see the best one so far."""


def scale(study: Study, model: Path, name: str) -> list[float]:
    """Search with a model, and return the share of problems solved 1.2 times as fast, by turns.

    Winners are not judged anew: curves are of what the search itself saw.

    Args:
        study: where the run is put, and its verdicts are.
        model: folder of the model.
        name: of the run.
    """
    rules: Rules = {"settings": recipe.dialogue(), "sampling": recipe.SAMPLING, "seed": 0}
    with Evaluator(recipe.EVALUATION, cache=study.cache) as evaluator:
        run = search(
            pipeline.problems(pipeline.TEST, 0, study.held_out),
            open_policy(f"hf:{model}"),
            evaluator,
            STRATEGY,
            study.out / "scaling" / name,
            resume=True,
            verify=None,
            **rules,
        )
        return solved_by_turn(list(run.iter_trajectories()))


def solved_by_turn(trajectories: Sequence[Trajectory], speedup: float = 1.2) -> list[float]:
    """Return, for each number of turns, the share of problems a turn until then solved so fast."""
    longest = max(len(each.turns) for each in trajectories)
    return [
        mean(any(_speed_of(each, at) >= speedup for at in range(turns)) for each in trajectories)
        for turns in range(1, longest + 1)
    ]


def _speed_of(trajectory: Trajectory, at: int) -> float:
    if at >= len(trajectory.turns):
        return 0.0
    evaluation = trajectory.turns[at].evaluation
    if evaluation is None or evaluation.status is not Status.CORRECT:
        return 0.0
    return evaluation.speedup or 0.0
