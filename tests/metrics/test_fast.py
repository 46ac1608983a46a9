"""fast@p by hand: ties, untimed, unscored, missing, several samples."""

from __future__ import annotations

import random

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import compare, fast_curve, fast_p, first_samples
from kerneldojo.metrics.columns import Columns
from kerneldojo.records import Outcome
from tests.metrics.conftest import failed, many, outcome, same, wrong

FOUR = [outcome("a", 2.0), outcome("b", 1.0), wrong("c"), outcome("d", 0.4)]


@pytest.mark.parametrize(
    ("p", "share"), [(0, 0.75), (0.5, 0.5), (0.999, 0.5), (1, 0.25), (2, 0), (-1, 0.75)]
)
def test_the_share_of_problems_above_p(p: float, share: float) -> None:
    assert fast_p(FOUR, p).value == share


def test_a_speedup_of_exactly_p_is_not_above_it() -> None:
    assert fast_p([outcome("a", 1.2)], 1.2).value == 0
    assert fast_p([outcome("a", 1.2000001)], 1.2).value == 1


def test_correct_but_untimed_counts_as_correct_only() -> None:
    assert fast_p([outcome("a"), wrong("b")], 0).value == 0.5
    assert fast_p([outcome("a"), wrong("b"), outcome("c", 2.0)], 0.01).value == 1 / 3


def test_where_nothing_was_timed_there_is_no_figure() -> None:
    """Zero would say that what is correct is slow; what failed is not fast, timed or not."""
    rows = [outcome("a"), wrong("b")]
    assert fast_p(rows, 0.01).value is None
    assert fast_p(Columns.of(rows, missing=["c"]), 1).value is None
    assert fast_p([wrong("b")], 1).value == 0
    [found] = compare(rows, [outcome("a", 2.0), wrong("b")], [1.0]).fast
    assert (found.a, found.b, found.difference.value) == (None, 0.5, None)
    assert found.significance.p_value is None


def test_what_is_not_scored_leaves_numerator_and_denominator() -> None:
    assert fast_p([*FOUR, failed("e")], 1) == fast_p(FOUR, 1)
    both = fast_p([outcome("a", 2.0), failed("a", sample=1)], 1)
    assert (both.value, both.problems) == (1, 1)


def test_a_problem_counts_once_however_many_samples_it_has() -> None:
    rows = [outcome("a", 2.0)] + [wrong("b", sample=n) for n in range(9)]
    assert fast_p(rows, 1).value == 0.5
    mixed = [outcome("a", 2.0), wrong("a", sample=1), wrong("b")]
    assert fast_p(mixed, 1).value == 0.25
    assert fast_p(first_samples(mixed), 1).value == 0.5


def test_the_lower_bound_is_harder_to_pass() -> None:
    rows = [outcome("a", 1.05), outcome("b", 2.0)]  # 0.945 and 1.8 at the lower end
    assert fast_p(rows, 1).value == 1
    assert fast_p(rows, 1, lower_bound=True).value == 0.5
    assert fast_p(rows, 0, lower_bound=True).value == 1


def test_missing_problems_fail_and_answered_ones_are_left_alone() -> None:
    columns = Columns.of(FOUR, missing=["a", "x", "y", "y"])
    found = fast_p(columns, 1)
    assert (found.value, found.problems) == (1 / 6, 6)


@pytest.mark.parametrize("rows", [[], [failed("a")]])
def test_nothing_scored_is_no_figure(rows: list[Outcome]) -> None:
    found = fast_p(rows, 1)
    assert (found.value, found.low, found.high, found.problems) == (None, None, None, 0)


def test_the_curve_falls_and_is_the_single_values() -> None:
    rows, thresholds = many(30, 3), [0, 0.5, 1, 1.5, 2, 9]
    curve = fast_curve(rows, thresholds)
    values = [point.value for point in curve]
    assert values == sorted(values, reverse=True)
    assert all(map(same, curve, [fast_p(rows, p) for p in thresholds]))
    assert fast_curve(rows, []) == []


def test_the_order_of_outcomes_does_not_matter() -> None:
    rows = many(30, 3)
    shuffled = rows[:]
    random.Random(1).shuffle(shuffled)
    assert fast_curve(shuffled) == fast_curve(rows)


def test_p_must_be_a_number() -> None:
    with pytest.raises(UsageError, match="not a number"):
        fast_p(FOUR, float("nan"))
