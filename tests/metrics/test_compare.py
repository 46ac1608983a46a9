"""Paired comparisons by hand, against enumeration, and under the null hypothesis."""

from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import Resampling, compare, fast_p
from kerneldojo.metrics.significance import holm, mcnemar, paired_test
from tests.metrics.conftest import failed, many, outcome, wrong

A = [outcome("p", 2.0), outcome("q", 3.0), outcome("r", 1.0), wrong("s"), outcome("only", 9.0)]
B = [outcome("p", 1.0), wrong("q"), outcome("r", 1.05), wrong("s"), failed("only")]


def test_by_hand() -> None:
    found = compare(A, B, [0, 1])
    assert (found.problems, found.only_a, found.only_b) == (4, ("only",), ())
    assert (found.wins, found.losses, found.ties, found.both_failed) == (2, 0, 1, 1)
    zero, one = found.fast
    assert (zero.a, zero.b, zero.difference.value) == (0.75, 0.5, 0.25)
    assert (one.a, one.b, one.difference.value) == (0.5, 0.25, 0.25)
    assert zero.significance.p_value == 1.0  # one discordant pair: 2 × ½
    assert found.speedup_ratio.problems == 2
    assert found.speedup_ratio.value == pytest.approx((2.0 / 1.05) ** 0.5)


def test_the_other_way_round_is_the_mirror_image() -> None:
    a, b = many(30, 2, seed=1), many(30, 2, seed=2)
    there, back = compare(a, b), compare(b, a)
    assert (there.wins, there.losses, there.ties) == (back.losses, back.wins, back.ties)
    for one, other in zip(there.fast, back.fast, strict=True):
        assert one.difference.value == pytest.approx(-(other.difference.value or 0))
        assert one.difference.low == pytest.approx(-(other.difference.high or 0))
        assert one.significance.p_value == pytest.approx(other.significance.p_value)
    assert there.speedup_ratio.value == pytest.approx(1 / (back.speedup_ratio.value or 0))


def test_a_run_against_itself() -> None:
    rows = many(20, 2)
    found = compare(rows, rows)
    assert (found.wins, found.losses) == (0, 0)
    assert found.speedup_ratio.value == pytest.approx(1)
    assert {point.significance.p_value for point in found.fast} == {1.0}
    assert {point.difference.value for point in found.fast} == {0.0}


def test_runs_without_a_common_problem() -> None:
    found = compare([outcome("a", 1.0)], [outcome("b", 1.0)])
    assert (found.problems, found.only_a, found.only_b) == (0, ("a",), ("b",))
    assert found.fast[0].difference.value is None
    assert found.fast[0].significance.p_value is None
    assert found.fast[0].p_value_holm is None
    assert compare([], []).problems == 0


def test_figures_are_those_of_the_common_problems() -> None:
    found = compare(A, B, [1])
    assert found.fast[0].a == fast_p(A[:4], 1).value


def test_pairing_beats_two_separate_intervals() -> None:
    """Problems differ a lot, the runs by a constant: only pairing shows it."""
    speeds = np.random.default_rng(0).lognormal(0, 1, size=40)
    a = [outcome(f"p{n}", (1.1 + n / 1e6) * speed) for n, speed in enumerate(speeds)]
    b = [outcome(f"p{n}", float(speed)) for n, speed in enumerate(speeds)]
    found = compare(a, b)
    assert found.speedup_ratio.low == pytest.approx(1.1, rel=1e-4)
    assert found.speedup_significance.p_value is not None
    assert found.speedup_significance.p_value < 1e-3


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (5, 1), (3, 9), (10, 10)])
def test_mcnemar_is_the_binomial_test(wins: int, losses: int) -> None:
    count = wins + losses
    tail = sum(comb(count, i) for i in range(min(wins, losses) + 1)) / 2**count
    assert mcnemar(wins, losses) == pytest.approx(min(1.0, 2 * tail))
    assert mcnemar(wins, losses) == mcnemar(losses, wins)


def test_sign_flips_of_equal_differences_are_mcnemars_test() -> None:
    values = [1.0] * 6 + [-1.0] * 2
    assert paired_test(np.array(values)).test == "mcnemar"
    # A ninth, tiny difference makes it a permutation test with nearly the same sums.
    found = paired_test(np.array([*values, 1e-6]))
    assert found.test == "sign_flip"
    assert found.p_value == pytest.approx(mcnemar(6, 2), abs=0.12)


def test_sign_flips_against_enumeration() -> None:
    values = np.array([0.5, -0.25, 1.0, 0.75, 0.0, np.nan])
    moved = [0.5, -0.25, 1.0, 0.75]
    observed = abs(sum(moved))
    patterns = list(product((1, -1), repeat=4))
    sums = [abs(sum(s * v for s, v in zip(signs, moved, strict=True))) for signs in patterns]
    expected = sum(total >= observed for total in sums) / len(patterns)
    found = paired_test(values)
    assert (found.p_value, found.differing) == (pytest.approx(expected), 4)


def test_sampled_sign_flips_agree_with_enumerated_ones() -> None:
    values = np.random.default_rng(5).normal(0.35, 1, size=17)
    sampled = paired_test(values)
    signs = 1 - 2 * ((np.arange(2**17)[:, None] >> np.arange(17)) & 1)
    exact = (np.abs(signs @ np.abs(values)) >= abs(values.sum()) - 1e-9).mean()
    assert sampled.test == "sampled_sign_flip"
    assert sampled.p_value == pytest.approx(exact, abs=0.012)


def test_p_values_are_uniform_when_neither_side_is_better() -> None:
    generator = np.random.default_rng(1)
    found = [paired_test(generator.normal(size=10)).p_value or 0.0 for _ in range(400)]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(found) <= 0.5) == pytest.approx(0.5, abs=0.07)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, None, 0.03]) == pytest.approx([0.03, 0.06, None, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_comparisons_are_reproducible() -> None:
    a, b = many(30, 2, seed=1), many(30, 2, seed=2)
    assert compare(a, b) == compare(list(reversed(a)), b)
    assert compare(a, b) != compare(a, b, resampling=Resampling(seed=9))


def test_counts_cannot_be_negative() -> None:
    with pytest.raises(UsageError, match="negative"):
        mcnemar(-1, 2)
