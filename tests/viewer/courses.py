"""Synthetic courses of training, as docs/train-sft.md and docs/train-rl.md tell their lines."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerneldojo.settings import RlSettings, SftSettings
from kerneldojo.store import Run
from tests.viewer.synthetic import write_run

CONFIGS: dict[str, dict[str, Any]] = {
    "rl": {
        "model": "Qwen/Qwen3-8B",
        "problems": {"count": 1000, "digest": "0" * 32},
        "validation": {"count": 40, "digest": "1" * 32},
        "rl": RlSettings(prompts=8, learning_rate=2e-6).model_dump(mode="json"),
    },
    "sft": {
        "model": "Qwen/Qwen3-8B",
        "data": ["sft.jsonl"],
        "sft": SftSettings(epochs=2, batch_size=32).model_dump(mode="json"),
    },
}


def rl_steps(count: int, steps: int, seed: int = 0, gain: float = 1.0) -> Iterator[dict[str, Any]]:
    """Yield steps of a reinforcement learning that gets better, with the noise of small batches."""
    rng = random.Random(seed)
    noise = rng.gauss
    for number in range(1, count + 1):
        learnt = 1 - math.exp(-3 * gain * number / steps)
        correct = min(max(0.18 + 0.55 * learnt + noise(0, 0.035), 0), 1)
        fast = correct * min(max(0.2 + 0.6 * learnt + noise(0, 0.04), 0), 1)
        hacked = min(max(0.16 * math.exp(-4 * learnt) + abs(noise(0, 0.008)), 0), 1)
        reward = correct * (0.55 + 0.55 * learnt) + noise(0, 0.02)
        generation, waiting = 46 + 14 * learnt + noise(0, 3), 17 - 5 * learnt + abs(noise(0, 3))
        training = 21 + 3 * learnt + noise(0, 1)
        skipped = "no trajectory was left to learn from" if rng.random() < 0.015 else None
        turns = rng.randint(370, 384)
        yield {
            "step": number,
            "steps": steps,
            "loss": 0.02 * math.exp(-learnt) + noise(0, 0.006),
            "learning_rate": 2e-6 * min(1, number / 10),
            "gradient_norm": None if skipped else abs(0.4 + noise(0, 0.08)),
            "reward": reward,
            "reward_last": reward * 1.12 + noise(0, 0.02),
            "reward_best": reward * 1.35 + abs(noise(0, 0.02)),
            "correct": correct,
            "fast_1": fast,
            "fast_1_2": fast * (0.45 + 0.3 * learnt),
            "best_fast_1": min(1, fast * 1.2),
            "best_fast_1_2": min(1, fast * (0.6 + 0.3 * learnt)),
            "hacked": hacked,
            "lazy": min(max(0.35 - 0.28 * learnt + noise(0, 0.025), 0), 1),
            "coverage": min(0.5 + 0.4 * learnt + noise(0, 0.02), 1),
            "speedup": math.exp(-0.25 + 0.7 * learnt + noise(0, 0.04)),
            "entropy": 0.75 * math.exp(-1.2 * learnt) + noise(0, 0.012),
            "kl": abs(0.0011 + 0.0012 * learnt + noise(0, 0.0002)),
            "effective_samples": 0.97 - 0.04 * learnt + noise(0, 0.004),
            "rejected_mismatch": abs(0.03 + noise(0, 0.012)),
            "vetoed": abs(noise(0, 0.006)),
            "rejected_profiling": max(0.4 - 0.3 * learnt + noise(0, 0.03), 0),
            "lost": rng.choice([0] * 20 + [1, 2]),
            "clipped": abs(0.012 + noise(0, 0.003)),
            "length": 2900 + 1500 * learnt + noise(0, 120),
            "prompts": 8,
            "trajectories": 128,
            "turns": turns,
            "rows": turns,
            "tokens": turns * 3400,
            "tokens_per_s": 4200 + noise(0, 160),
            "seconds": generation + waiting + training + 2,
            "generation_s": generation,
            "evaluation_s": waiting,
            "training_s": training,
            "skipped": skipped,
        }


def sft_steps(count: int, steps: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Yield steps of a fine-tuning."""
    rng = random.Random(seed)
    for number in range(1, count + 1):
        learnt = 1 - math.exp(-4 * number / steps)
        yield {
            "step": number,
            "steps": steps,
            "epoch": round(2 * number / steps, 4),
            "loss": 1.3 - 0.7 * learnt + rng.gauss(0, 0.03),
            "learning_rate": 1e-5 * 0.5 * (1 + math.cos(math.pi * number / steps)),
            "gradient_norm": abs(1.4 - 0.8 * learnt + rng.gauss(0, 0.1)),
            "accuracy": 0.66 + 0.2 * learnt + rng.gauss(0, 0.008),
            "entropy": 0.9 - 0.4 * learnt + rng.gauss(0, 0.02),
            "tokens": 64_000 * number,
            "tokens_per_s": 11_000 + rng.gauss(0, 300),
            "seconds": 5.8 + rng.gauss(0, 0.2),
        }


def write_training(
    path: Path,
    kind: str = "rl",
    count: int = 60,
    steps: int | None = None,
    *,
    rollouts: tuple[int, ...] = (),
    validations: tuple[int, ...] = (),
    settings: dict[str, Any] | None = None,
    **course: Any,
) -> Run:
    """Write a training run: `count` of `steps` steps, of which some have trajectories."""
    asked = CONFIGS[kind] | {kind: CONFIGS[kind][kind] | (settings or {})}
    with Run.create(path, kind, asked) as run:
        make = rl_steps if kind == "rl" else sft_steps
        for number in rollouts:
            write_run(path / "rollouts" / f"step-{number:06d}", seed=number, samples=1)
        for number in validations:
            write_run(path / "validation" / f"step-{number:06d}", seed=number, samples=1)
        lines = list(make(count, steps or count, **course))
        append(path, iter(lines))
        found = (validation(number, lines[max(0, number - 1)]) for number in validations)
        append(path, found, "validation.jsonl")
    return run


VALIDATED = (
    "reward reward_last reward_best correct hacked fast_1 fast_1_2 best_fast_1 best_fast_1_2 "
    "lazy coverage speedup length trajectories turns lost"
).split()
"""The figures that a validation has as well."""


def validation(number: int, step: dict[str, Any]) -> dict[str, Any]:
    """Return a validation that came out somewhat worse than a step."""
    figures = {name: step[name] for name in VALIDATED}
    return figures | {"step": number, "seconds": 31.0, "correct": 0.85 * step["correct"]}


def append(path: Path, lines: Iterator[dict[str, Any]], file_name: str = "metrics.jsonl") -> None:
    """Append steps to a run's `metrics.jsonl`, or to another file."""
    with (path / file_name).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
