"""Mean speedups and their variants, by hand."""

from __future__ import annotations

import math

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import geometric_mean_speedup, mean_speedup, speedup_quantiles
from kerneldojo.metrics.columns import Columns
from tests.metrics.conftest import failed, outcome, wrong

ROWS = [outcome("a", 4.0), outcome("b", 1.0), wrong("c"), failed("d"), outcome("e")]


def test_geometric_mean_of_correct_and_timed_solutions() -> None:
    found = geometric_mean_speedup(ROWS)
    assert (found.value, found.problems) == (pytest.approx(2.0), 2)


def test_failures_may_count_as_the_reference() -> None:
    found = geometric_mean_speedup(ROWS, "reference")
    assert (found.value, found.problems) == (pytest.approx(4 ** (1 / 3)), 3)
    missing = geometric_mean_speedup(Columns.of(ROWS, missing=["x"]), "reference")
    assert missing.value == pytest.approx(4 ** (1 / 4))


def test_arithmetic_means() -> None:
    assert mean_speedup(ROWS).value == pytest.approx(5 / 3)
    assert mean_speedup(ROWS, "reference").value == pytest.approx(2.0)
    assert mean_speedup(ROWS, "left_out").value == pytest.approx(2.5)
    columns = Columns.of(ROWS, missing=["x"])
    assert mean_speedup(columns).value == pytest.approx(5 / 4)
    assert mean_speedup(columns, "reference").value == pytest.approx(7 / 4)


def test_samples_of_a_problem_are_averaged_first() -> None:
    rows = [outcome("a", 4.0), outcome("a", 1.0, sample=1), outcome("b", 2.0)]
    assert geometric_mean_speedup(rows).value == pytest.approx(2.0)
    assert speedup_quantiles(rows, [0, 1]) == pytest.approx([2.0, 2.0])


def test_swapping_reference_and_solution_inverts_the_mean() -> None:
    rows = [outcome(f"p{n}", math.exp(n / 7)) for n in range(9)]
    turned = [outcome(f"p{n}", math.exp(-n / 7)) for n in range(9)]
    there, back = geometric_mean_speedup(rows), geometric_mean_speedup(turned)
    assert there.value is not None
    assert back.value is not None
    assert there.value * back.value == pytest.approx(1)


def test_quantiles() -> None:
    rows = [outcome(f"p{n}", 2.0**n) for n in range(5)]
    assert speedup_quantiles(rows, [0, 0.25, 0.5, 1]) == pytest.approx([1, 2, 4, 16])
    assert speedup_quantiles([wrong("a")]) == [None, None, None]


def test_what_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="geometric mean with a zero"):
        geometric_mean_speedup(ROWS, "zero")
    with pytest.raises(UsageError, match=r"quantile 1\.5"):
        speedup_quantiles(ROWS, [1.5])
