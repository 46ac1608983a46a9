"""The settings of the miniature: what is small and quick enough for two cores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kerneldojo.settings import (
    DialogueSettings,
    EvaluationSettings,
    RlSettings,
    Sampling,
    SftSettings,
    TimingPlan,
    Trials,
)

TEMPLATES = Path(__file__).parent / "templates"
"""Templates of a dialogue that costs few tokens: the reference, and verdicts in one line."""

CURRICULA: Mapping[str, float] = {"lazy": 60, "partly": 10, "fused": 12, "wrong": 8, "hack": 10}
"""What the first replies of the cold start are: mostly lazy, as models are by nature."""
SECOND_CURRICULA: Mapping[str, float] = {
    "lazy-lazy": 6,
    "lazy-partly": 3,
    "lazy-fused": 2,
    "partly-partly": 1,
    "fused-fused": 1,
    "wrong-lazy": 3,
    "wrong-wrong": 1,
    "hack-lazy": 1,
    "hack-hack": 1,
    "lazy-wrong": 1,
    "lazy-hack": 1,
}
"""What its conversations of two turns are; they are judged, so that there is feedback."""

EVALUATION = EvaluationSettings(
    target="cpu",
    threads=1,
    trials=Trials(seeds=1, distributions=False),
    timing=TimingPlan(budget_s=0.3, warmup=2, max_pairs=30),
    profile_samples=16,
)
"""Quick verdicts. One thread: on a machine that has other work, two wait for one another."""
SAMPLING = Sampling(max_tokens=256)


def dialogue(turns: int = 2) -> DialogueSettings:
    """Return what is asked and told in few tokens."""
    return DialogueSettings(turns=turns, example=False, hardware=False, templates=str(TEMPLATES))


def cold_start(steps: int, *, seed: int = 0) -> SftSettings:
    """Return how a model of random weights learns to write kernels from lessons."""
    return SftSettings(
        max_length=512,
        steps=steps,
        batch_size=16,
        device_batch_size=16,
        learning_rate=2.5e-3,
        weight_decay=0.0,
        gradient_checkpointing=False,
        checkpoint_steps=max(steps, 1),
        seed=seed,
    )


def practice(steps: int, *, seed: int = 0) -> RlSettings:
    """Return how it learns from what its kernels are worth: the paper's recipe, in small.

    Most correct replies of such a policy are lazy, so that PRS leaves most of what was good out of
    the loss. If those stay in the baselines, nearly all that is learnt from is worse than them, and
    the policy forgets how to be correct; so they are left out there, too.
    """
    return RlSettings(
        steps=steps,
        prompts=8,
        trajectories=8,
        learning_rate=3e-4,
        prs_in_baselines=False,
        weight_decay=0.0,
        device_batch_size=64,
        sampler_batch_size=128,
        gradient_checkpointing=False,
        remeasure=False,
        checkpoint_steps=max(steps, 1),
        seed=seed,
    )
