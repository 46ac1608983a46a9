"""Medians and their intervals: hand-made examples, and coverage by simulation."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerneldojo.evaluation.referee.statistics import latency, median_interval
from kerneldojo.evaluation.referee.timing import Pairs


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0], (5.0, 5.0, 5.0)),
        ([2.0, 1.0], (1.5, 1.0, 2.0)),
        ([3.0, 1.0, 2.0], (2.0, 1.0, 3.0)),
        # n = 9: half = 1.96 * 3 / 2 = 2.94, ranks floor(4.5 - 2.94) = 1 .. ceil(7.44) - 1 = 7
        (list(range(9)), (4.0, 1.0, 7.0)),
        # n = 100: half = 9.8, ranks floor(40.2) = 40 .. ceil(59.8) - 1 = 59
        (list(range(100)), (49.5, 40.0, 59.0)),
        ([7.0] * 20, (7.0, 7.0, 7.0)),
    ],
)
def test_by_hand(values: list[float], expected: tuple[float, float, float]) -> None:
    assert median_interval(values) == expected
    assert median_interval(values[::-1]) == expected


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=80))
def test_the_interval_holds_the_median(values: list[float]) -> None:
    median, low, high = median_interval(values)
    assert min(values) <= low <= high <= max(values)
    assert median == statistics.median(values)
    record = latency(values)
    assert record.low_ms <= record.median_ms <= record.high_ms
    assert record.calls == len(values)


@pytest.mark.parametrize("count", [9, 15, 30, 60])
def test_the_interval_covers_the_true_median_nineteen_times_in_twenty(count: int) -> None:
    rng = random.Random(20)
    rounds = 2000
    hits = 0
    for _ in range(rounds):
        _, low, high = median_interval([rng.lognormvariate(0, 0.5) for _ in range(count)])
        hits += low <= 1.0 <= high
    assert 0.93 <= hits / rounds <= 0.995


def test_a_few_outliers_do_not_move_it() -> None:
    values = [1.0 + index / 1000 for index in range(30)]
    disturbed = [*values[:-3], 50.0, 60.0, 70.0]
    assert median_interval(values)[0] == median_interval(disturbed)[0]
    assert median_interval(disturbed)[2] < 2


def test_pairs_settle_once_their_ratios_agree() -> None:
    pairs = Pairs([2.0] * 9, [1.0] * 9)
    assert pairs.ratios() == [2.0] * 9
    assert pairs.settled(0.01)
    pairs.reference = [1.0, 3.0, 2.0] * 3
    assert not pairs.settled(0.05)
    assert pairs.settled(1.0)


def test_infinite_times_do_not_crash() -> None:
    assert median_interval([math.inf, 1.0, 2.0])[0] == 2.0
