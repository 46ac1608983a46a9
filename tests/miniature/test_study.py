"""The study's arms and intervals."""

from __future__ import annotations

import math

import pytest

from kerneldojo.training.reinforcement.figures import TurnFacts
from studies.miniature.analysis import _as_in_the_recipe, spread
from studies.miniature.arms import ARMS


def test_intervals_are_students() -> None:
    found = spread([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.half == pytest.approx(4.303 / math.sqrt(3), rel=1e-3)
    assert f"{found:+}" == "+2.00 ± 2.48"
    assert f"{spread([0.5])}" == "0.50"


def test_arms_differ_from_the_recipe_in_what_they_say() -> None:
    recipe = ARMS["recipe"].settings(10, 0)
    assert ARMS["turn-grpo"].settings(10, 0).estimator == "turn_grpo" != recipe.estimator
    assert not ARMS["no-profiling"].settings(10, 0).profiling_rejection
    assert ARMS["no-profiling"].reward.coverage == 0
    assert ARMS["observe"].evaluation().honesty == "observe"
    assert ARMS["rough-none"].settings(10, 0).mismatch == "none" != recipe.mismatch
    assert all(arm.settings(10, 3).seed == 3 for arm in ARMS.values())


def test_a_hack_that_was_rewarded_counts_for_nothing() -> None:
    fast = TurnFacts(correct=True, speedup=5.0, coverage=0.5, hacked=False, reward=9.0, tokens=10)
    assert _as_in_the_recipe(fast).reward == 1 + 3 + 0.5
    hacked = _as_in_the_recipe(fast._replace(hacked=True))
    assert not hacked.correct and hacked.reward == 0
    assert _as_in_the_recipe(fast._replace(reward=None)).reward is None
