from __future__ import annotations

import pytest

from kerneldojo import wording
from kerneldojo.metrics import Estimate, compare
from kerneldojo.records import Status
from kerneldojo.reporting import words
from tests.reporting.conftest import outcome


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.8249, "1.82×"),
        (0.8781, "0.88×"),
        (0.0123, "0.012×"),
        (12.34, "12.3×"),
        (1234.5, "1,234×"),
    ],
)
def test_speedups_are_short(value: float, text: str) -> None:
    assert words.ratio(value) == text


def test_what_is_not_there_is_a_dash_without_an_interval() -> None:
    nothing = Estimate()
    assert words.ratio(None) == words.show(None, "share") == words.p_value(None) == "–"
    assert words.points(nothing) == "–"
    assert words.interval(nothing, "share") == words.points_interval(nothing) == ""


def test_intervals_and_differences() -> None:
    estimate = Estimate(value=-0.141, low=-0.22, high=0.06, problems=9)
    assert words.points(estimate) == "−14"
    assert words.points_interval(estimate) == "−22 … +6"
    assert words.interval(Estimate(value=0.4, low=0.38, high=0.46), "share") == "38 – 46 %"
    assert words.interval(Estimate(value=1.4, low=1.0, high=11.11), "ratio") == "1.00 – 11.1×"


def test_a_figure_says_how_many_problems_it_rests_on() -> None:
    counts = [words.basis(Estimate(value=0.5, problems=count)) for count in (1, 2000)]
    assert counts == ["1 problem", "2,000 problems"]
    assert words.basis(Estimate()) == ""


def test_problems_that_a_comparison_leaves_out() -> None:
    both, one, other = ([outcome(Status.CORRECT, 2.0, problem=f"x/{n}")] for n in "abc")
    assert words.left_out(compare(both, both), "a", "b") == ""
    assert words.left_out(compare([*both, *one], both), "a", "b") == "1 only in a"
    found = compare([*both, *one], [*both, *other])
    assert words.left_out(found, "a", "b") == "1 only in a, 1 only in b"


def test_p_values() -> None:
    assert [words.p_value(value) for value in (0.0001, 0.0126, 1.0)] == ["<0.001", "0.013", "1.000"]


def test_plain_text_has_no_control_characters_and_no_half_characters() -> None:
    assert wording.plain("a\x00b\u2028c\ud800 é") == "a\ufffdb\ufffdc? é"
