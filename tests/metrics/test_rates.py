"""Shares of each kind of outcome."""

from __future__ import annotations

from kerneldojo.metrics import compile_rate, correct_rate, hack_rate, lazy_rate, mean_coverage
from kerneldojo.metrics.columns import Columns
from kerneldojo.records import FindingKind, Status
from tests.metrics.conftest import failed, outcome, wrong

ROWS = [
    outcome("a", 2.0, coverage=0.9),
    outcome("b", 1.0, coverage=0.1, findings=(FindingKind.LOW_COVERAGE,)),
    wrong("c", findings=(FindingKind.LOW_COVERAGE,), coverage=0.5),
    outcome("d", status=Status.COMPILE_ERROR),
    outcome("e", status=Status.HACKED),
    failed("f"),
]


def test_rates_are_shares_of_scored_problems() -> None:
    assert correct_rate(ROWS).value == 2 / 5
    assert compile_rate(ROWS).value == 4 / 5
    assert hack_rate(ROWS).value == 1 / 5


def test_laziness_and_coverage_are_of_correct_solutions() -> None:
    assert lazy_rate(ROWS).value == 1 / 2
    assert mean_coverage(ROWS).value == 0.5
    assert mean_coverage([outcome("a", 2.0)]).value is None


def test_missing_problems_are_neither_compiled_nor_hacked() -> None:
    columns = Columns.of(ROWS, missing=["x"])
    assert compile_rate(columns).value == 4 / 6
    assert correct_rate(columns).value == 2 / 6
    assert hack_rate(columns).value == 1 / 5
