"""Schedules step by step, and across a restart."""

from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.rl.schedules import LengthTrigger, LengthTriggered, constant, warm_up

TRIGGER = LengthTrigger(
    baseline_steps=2, window=1, surge=1.5, decay=0.5, interval=3, floor=0.2, latch=True
)


def factors(trigger: LengthTrigger, lengths: list[float]) -> list[float]:
    schedule, found = LengthTriggered(trigger), []
    for length in lengths:
        schedule = schedule.observe(length)
        found.append(schedule.factor)
    return found


def test_constant_and_warm_up() -> None:
    assert constant(0) == constant(10**6) == 1
    assert [warm_up(step, 4) for step in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]
    assert warm_up(0, 0) == 1
    for wrong in (lambda: constant(-1), lambda: warm_up(-1, 3), lambda: warm_up(0, -1)):
        with pytest.raises(UsageError):
            wrong()


def test_a_surge_sets_off_decays_down_to_the_floor() -> None:
    """Baseline (100 + 120) / 2 = 110, so 165 is the trigger."""
    lengths = [100, 120, 164, 165, 100, 100, 100, 100, 100, 100, 100]
    assert factors(TRIGGER, lengths) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2]


def test_without_the_latch_each_decay_needs_long_answers() -> None:
    trigger = LengthTrigger(
        baseline_steps=2, window=1, surge=1.5, decay=0.5, interval=2, floor=0.2, latch=False
    )
    lengths = [100, 100, 150, 150, 100, 150, 150, 150]
    assert factors(trigger, lengths) == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2]


def test_a_window_looks_past_a_single_long_step() -> None:
    trigger = LengthTrigger(baseline_steps=1, window=3, surge=1.5, interval=10)
    assert factors(trigger, [100, 100, 100, 200, 100, 100]) == [1] * 6
    assert factors(trigger, [100, 100, 200, 200]) == [1, 1, 1, 0.5]


def test_the_first_steps_never_trigger() -> None:
    assert factors(LengthTrigger(baseline_steps=4, window=1), [1, 10, 100, 1000]) == [1] * 4


def test_a_resumed_run_is_the_uninterrupted_one() -> None:
    draw = random.Random(0)
    lengths = [draw.uniform(80, 120) * (1 + 0.05 * step) for step in range(60)]
    trigger = LengthTrigger(baseline_steps=5, window=4, interval=7, floor=0.01)
    whole = LengthTriggered(trigger)
    for stop in range(60):
        resumed = LengthTriggered.from_dict(json.loads(json.dumps(whole.to_dict())))
        assert resumed == whole
        whole = whole.observe(lengths[stop])
        assert resumed.observe(lengths[stop]) == whole
    assert whole.factor < 0.1


@pytest.mark.parametrize("length", [0.0, -1.0, math.nan, math.inf])
def test_lengths_are_positive(length: float) -> None:
    with pytest.raises(UsageError, match="mean_length"):
        LengthTriggered().observe(length)


@pytest.mark.parametrize(
    "settings",
    [
        {"baseline_steps": 0},
        {"window": 0},
        {"interval": 0},
        {"surge": 1.0},
        {"surge": math.nan},
        {"decay": 1.0},
        {"decay": 0.0},
        {"floor": 0.0},
        {"floor": 1.5},
    ],
)
def test_impossible_constants_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(settings))):
        LengthTrigger(**settings)
