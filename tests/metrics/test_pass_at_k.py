"""pass@k against the enumeration of all choices of k samples."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import best_speedup_at_k, fast_p, fast_p_at_k, pass_at_k
from kerneldojo.metrics.columns import Columns
from kerneldojo.metrics.pass_at_k import pass_probability
from kerneldojo.records import Outcome
from tests.metrics.conftest import failed, many, outcome, wrong


@pytest.mark.parametrize("n", range(1, 8))
def test_equal_to_enumeration(n: int) -> None:
    for successes in range(n + 1):
        marks = [True] * successes + [False] * (n - successes)
        for k in range(1, n + 1):
            chosen = list(combinations(marks, k))
            share = sum(map(any, chosen)) / len(chosen)
            assert pass_probability(n, successes, k) == pytest.approx(share)


def test_large_numbers_stay_exact() -> None:
    assert pass_probability(20_000, 1, 10_000) == pytest.approx(0.5)
    assert pass_probability(20_000, 20_000, 1) == 1


def test_mean_over_problems_with_enough_scored_samples() -> None:
    rows = [
        *(outcome("a", 2.0, sample=0), wrong("a", sample=1), wrong("a", sample=2)),
        *(wrong("b", sample=0), wrong("b", sample=1)),
        *(outcome("c", 0.5, sample=0), failed("c", sample=1)),
    ]
    found = pass_at_k(rows, 2)
    assert (found.value, found.problems) == (pytest.approx((2 / 3 + 0) / 2), 2)
    assert pass_at_k(rows, 1).value == pytest.approx((1 / 3 + 0 + 1) / 3)
    assert pass_at_k(Columns.of(rows, missing=["x"]), 2).value == pytest.approx(2 / 9)
    assert fast_p_at_k(rows, 1, 1).value == pytest.approx(1 / 9)


def test_at_one_it_is_the_plain_share(rows: list[Outcome]) -> None:
    assert pass_at_k(rows, 1).value == pytest.approx(fast_p(rows, 0).value)
    assert fast_p_at_k(rows, 1.2, 1).value == pytest.approx(fast_p(rows, 1.2).value)


def test_more_samples_never_hurt() -> None:
    rows = [row for row in many(20, 6) if row.status.judged]
    samples = min(sum(row.problem == one.problem for row in rows) for one in rows)
    values = [fast_p_at_k(rows, 1.2, k).value for k in range(1, samples + 1)]
    assert samples > 2
    assert values == sorted(values, key=lambda value: value or 0)


def test_best_of_k_against_enumeration() -> None:
    speedups: list[float | None] = [3.0, 0.5, None, 1.5]
    rows = [
        wrong("a", sample=n) if speedup is None else outcome("a", speedup, sample=n)
        for n, speedup in enumerate(speedups)
    ]
    gains = [math.log(max(1.0, speedup or 0)) for speedup in speedups]
    for k in range(1, 5):
        chosen = [max(few) for few in combinations(gains, k)]
        expected = math.exp(sum(chosen) / len(chosen))
        assert best_speedup_at_k(rows, k).value == pytest.approx(expected)
    assert best_speedup_at_k(rows, 5).value is None


@pytest.mark.parametrize("k", [0, -1])
def test_k_is_at_least_one(k: int, rows: list[Outcome]) -> None:
    for metric in (pass_at_k, best_speedup_at_k):
        with pytest.raises(UsageError, match=f"k = {k}"):
            metric(rows, k)
    with pytest.raises(UsageError, match="cannot be estimated"):
        pass_probability(3, 1, k)
