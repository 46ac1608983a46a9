"""Intervals contain the truth as often as they say, and say so when they cannot know."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import Resampling, fast_p, geometric_mean_speedup, wilson
from kerneldojo.metrics.columns import Floats
from kerneldojo.metrics.intervals import bootstrap_intervals, bootstrap_means
from kerneldojo.records import Outcome
from tests.metrics.conftest import many, outcome, wrong

SIMULATIONS = 400


def hits(draw: Callable[[np.random.Generator], Floats], truth: float, method: str) -> float:
    """Return how often the 95 % interval of a mean holds the truth."""
    generator = np.random.default_rng(0)
    found = 0
    for number in range(SIMULATIONS):
        how = Resampling(resamples=300, seed=number, method=method)  # type: ignore[arg-type]
        [low], [high] = bootstrap_intervals(draw(generator)[:, None], how)
        found += low <= truth <= high
    return found / SIMULATIONS


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_clustered_shares_are_covered(method: str) -> None:
    def draw(generator: np.random.Generator) -> Floats:
        return generator.binomial(4, generator.beta(1, 1, size=50)) / 4

    assert 0.92 <= hits(draw, 0.5, method) <= 0.98


def test_acceleration_follows_the_skew() -> None:
    """A long tail to the right moves both ends right; the mirror image moves them left."""
    values = np.random.default_rng(2).lognormal(0, 1, size=60)[:, None]
    plain = bootstrap_intervals(values)
    accelerated = bootstrap_intervals(values, Resampling(method="bca"))
    mirrored = bootstrap_intervals(-values, Resampling(method="bca"))
    assert (accelerated > plain).all()
    assert mirrored[::-1] == pytest.approx(-accelerated)


def test_samples_of_a_problem_stay_together() -> None:
    """Ten equal samples tell no more about a problem than one does."""
    one = [outcome(f"p{n}", 2.0) if n % 2 else wrong(f"p{n}") for n in range(20)]
    ten = [row.model_copy(update={"sample": n}) for row in one for n in range(10)]
    assert fast_p(ten, 1) == fast_p(one, 1)


def test_close_to_wilson_for_one_sample_a_problem() -> None:
    rows = [outcome(f"p{n}", 2.0) if n < 120 else wrong(f"p{n}") for n in range(200)]
    found, (low, high) = fast_p(rows, 1), wilson(0.6, 200)
    assert found.low == pytest.approx(low, abs=0.015)
    assert found.high == pytest.approx(high, abs=0.015)


def test_the_bootstrap_has_the_standard_error_of_the_mean() -> None:
    values = np.random.default_rng(3).normal(size=100)
    means = bootstrap_means(values[:, None], Resampling(resamples=4000))
    assert means.std() == pytest.approx(values.std() / 10, rel=0.05)
    assert means.mean() == pytest.approx(values.mean(), abs=0.01)


def test_absent_figures_leave_numerator_and_denominator() -> None:
    figures = np.array([[1.0], [3.0], [np.nan]])
    drawn = np.unique(bootstrap_means(figures).round(9))  # NaN where only the absent one is drawn
    expected = [1, 5 / 3, 2, 7 / 3, 3, np.nan]
    assert drawn == pytest.approx(np.round(expected, 9), nan_ok=True)


def test_equal_seeds_give_equal_intervals(rows: list[Outcome]) -> None:
    assert fast_p(rows, 1) == fast_p(rows, 1)
    assert fast_p(rows, 1) != fast_p(rows, 1, resampling=Resampling(seed=1))


def test_more_confidence_is_wider(rows: list[Outcome]) -> None:
    usual, sure = fast_p(rows, 1), fast_p(rows, 1, resampling=Resampling(confidence=0.99))
    assert None not in (usual.low, usual.high, sure.low, sure.high)
    assert sure.low < usual.low < usual.high < sure.high  # type: ignore[operator]


@pytest.mark.parametrize(("right", "value"), [(0, 0.0), (20, 1.0)])
def test_a_share_without_variation_gets_wilsons_interval(right: int, value: float) -> None:
    rows = [outcome(f"p{n}", 2.0) if n < right else wrong(f"p{n}") for n in range(20)]
    found = fast_p(rows, 1)
    assert (found.value, found.method) == (value, "wilson")
    assert (found.low, found.high) == wilson(value, 20)
    assert found.high is not None
    assert found.low is not None
    assert found.high - found.low > 0.1


def test_a_mean_without_variation_has_no_interval() -> None:
    """An interval of no width would say that the figure is certain."""
    found = geometric_mean_speedup([outcome(f"p{n}", 1.3) for n in range(20)])
    assert (found.value, found.problems) == (pytest.approx(1.3), 20)
    assert (found.low, found.high, found.method) == (None, None, None)
    two = geometric_mean_speedup([outcome("a", 1.3), outcome("b", 1.4)])
    assert two.low is not None


def test_one_problem_says_nothing_of_how_problems_differ() -> None:
    found = geometric_mean_speedup([outcome("a", 2.0)])
    assert (found.value, found.low, found.high) == (pytest.approx(2.0), None, None)


def test_no_interval_on_request(rows: list[Outcome]) -> None:
    found = fast_p(rows, 1, resampling=None)
    assert (found.value, found.low) == (fast_p(rows, 1).value, None)


def test_geometric_intervals_contain_the_value() -> None:
    found = geometric_mean_speedup(many(30, 2), resampling=Resampling(method="bca"))
    assert found.low is not None
    assert found.low < found.value < found.high  # type: ignore[operator]


def test_wilson_by_hand() -> None:
    # 8 of 10 at z = 1.96: (0.8 + 0.19207 ± 1.96 √(0.016 + 0.0096036)) ÷ 1.384146
    assert wilson(0.8, 10) == pytest.approx((0.49016, 0.94332), abs=1e-5)
    assert wilson(0.0, 10)[0] == 0
    assert wilson(1.0, 10)[1] == 1


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Resampling(resamples=0)
    with pytest.raises(UsageError, match=r"confidence = 95"):
        Resampling(confidence=95)
    with pytest.raises(UsageError, match="share"):
        wilson(1.5, 10)
