"""Tells what came of the study: tables and figures of the finished runs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from kerneldojo.settings import RewardPlan
from kerneldojo.store import Run
from kerneldojo.training.reinforcement.figures import Figures, TurnFacts, facts_of, figures_of
from kerneldojo.training.reinforcement.journal import read_steps
from studies.miniature.arms import ARMS
from studies.miniature.figures import draw_curves, draw_held_out
from studies.miniature.runs import Study

_STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""Quantiles of Student's t for intervals of 95 %, by the number of seeds."""
SHOWN: Mapping[str, str] = {
    "correct": "correct",
    "fast_1": "fast@1",
    "fast_1_2": "fast@1.2",
    "best_fast_1_2": "fast@1.2, best turn",
    "coverage": "coverage",
    "lazy": "lazy",
    "hacked": "hacks",
    "reward": "reward",
}
"""Figures of the tables, with their headings."""


@dataclass(frozen=True)
class Spread:
    """The mean over seeds and its 95 % interval."""

    mean: float
    half: float | None
    """Half the interval's width; None with a single seed."""

    def __format__(self, sign: str) -> str:
        return f"{self.mean:{sign}.2f}" + (f" ± {self.half:.2f}" if self.half is not None else "")


def spread(values: Sequence[float]) -> Spread:
    """Return mean and interval by Student's t, which does not take three seeds for thirty."""
    if len(values) < 2:
        return Spread(values[0], None)
    quantile = _STUDENT.get(len(values), 1.96)
    return Spread(mean(values), quantile * stdev(values) / math.sqrt(len(values)))


def seen(runs: Iterable[Path]) -> Figures:
    """Return an honest view of what a policy answered in some runs of dialogues.

    What is dishonest counts as not correct, also where the arm rewarded it, and rewards are the
    recipe's in all arms.
    """
    return figures_of(
        [
            [_as_in_the_recipe(turn) for turn in facts_of(trajectory)]
            for run in runs
            for trajectory in Run.open(run).iter_trajectories()
        ]
    )


def held_out(study: Study, arm: str, seed: int, step: int) -> Figures:
    """Return how a model did on problems it did not learn from."""
    return seen([study.run(arm, seed) / "validation" / f"step-{step:06d}"])


def practised(study: Study, arm: str, seed: int, steps: range) -> Figures:
    """Return how a model did in some steps on the problems it learnt from."""
    return seen(study.run(arm, seed) / "rollouts" / f"step-{step:06d}" for step in steps)


def _as_in_the_recipe(turn: TurnFacts) -> TurnFacts:
    if turn.reward is None:
        return turn
    if turn.hacked or not turn.correct:
        return turn._replace(correct=False, reward=0.0)
    clip = RewardPlan().speedup_clip
    return turn._replace(reward=1.0 + min(turn.speedup or 0.0, clip) + (turn.coverage or 0.0))


def finished(study: Study, arm: str) -> list[int]:
    """Return the seeds of an arm whose training has ended."""
    folders = (study.out / "arms" / arm).glob("seed-*/model")
    return sorted(int(folder.parent.name.removeprefix("seed-")) for folder in folders)


def analyse(study: Study, results: Path) -> None:
    """Write tables, figures and the numbers behind them."""
    results.mkdir(parents=True, exist_ok=True)
    seeds = {arm: found for arm in ARMS if (found := finished(study, arm))}
    after = {
        arm: [held_out(study, arm, seed, study.steps) for seed in found]
        for arm, found in seeds.items()
    }
    before = [held_out(study, "recipe", seed, 0) for seed in seeds["recipe"]]
    rows = {"before": before, **after}
    last = range(study.steps - 3, study.steps + 1)
    begun = [practised(study, "recipe", seed, range(1, 2)) for seed in seeds["recipe"]]
    ended = {
        arm: [practised(study, arm, seed, last) for seed in found] for arm, found in seeds.items()
    }
    tables = {
        "On the problems that were practised": _table({"before": begun, **ended}),
        "Difference to the recipe, practised": _differences(seeds, ended),
        "Held out": _table(rows),
        "Difference to the recipe, held out": _differences(seeds, after),
        "While training": _training(study, seeds),
    }
    text = "\n\n".join(f"### {name}\n\n{table}" for name, table in tables.items())
    (results / "miniature-tables.md").write_text(text + "\n", encoding="utf-8")
    numbers = {
        where: {name: [each.model_dump() for each in found] for name, found in table.items()}
        for where, table in (("practised", {"before": begun, **ended}), ("held out", rows))
    }
    (results / "miniature.json").write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    steps = {
        (arm, seed): read_steps(study.run(arm, seed))
        for arm, found in seeds.items()
        for seed in found
    }
    draw_curves(steps, results / "miniature-curves.svg")
    draw_held_out(rows, results / "miniature-held-out.svg")
    print(text)


def _values(found: Sequence[Figures], name: str) -> list[float]:
    return [value for figures in found if (value := getattr(figures, name)) is not None]


def _table(rows: Mapping[str, Sequence[Figures]]) -> str:
    lines = [f"| | seeds | {' | '.join(SHOWN.values())} |", "|---" * (len(SHOWN) + 2) + "|"]
    for arm, found in rows.items():
        cells = [f"{spread(values)}" if (values := _values(found, name)) else "–" for name in SHOWN]
        lines.append(f"| {arm} | {len(found)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _differences(seeds: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[Figures]]) -> str:
    """Return each arm less the recipe, seed by seed."""
    names = ("correct", "fast_1", "fast_1_2", "coverage", "lazy", "hacked", "reward")
    heads = " | ".join(SHOWN[name] for name in names)
    lines = [f"| | seeds | {heads} |", "|---" * (len(names) + 2) + "|"]
    recipe = dict(zip(seeds["recipe"], after["recipe"], strict=True))
    for arm, found in after.items():
        pairs = [
            (figures, recipe[seed])
            for seed, figures in zip(seeds[arm], found, strict=True)
            if seed in recipe and arm != "recipe"
        ]
        if not pairs:
            continue
        cells = []
        for name in names:
            gaps = [
                getattr(one, name) - getattr(other, name)
                for one, other in pairs
                if getattr(one, name) is not None and getattr(other, name) is not None
            ]
            cells.append(f"{spread(gaps):+}" if gaps else "–")
        lines.append(f"| {arm} | {len(pairs)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _training(study: Study, seeds: Mapping[str, Sequence[int]]) -> str:
    """Return what happened while training: the mean over all steps and seeds."""
    names = ("kl", "rejected_mismatch", "vetoed", "rejected_profiling", "entropy", "seconds")
    lines = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for arm, found in seeds.items():
        steps = [step for seed in found for step in read_steps(study.run(arm, seed))]
        cells = []
        for name in names:
            values = [value for step in steps if (value := getattr(step, name)) is not None]
            cells.append(f"{mean(values):.3g}" if values else "–")
        lines.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join(lines)
