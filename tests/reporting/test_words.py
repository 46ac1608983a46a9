from __future__ import annotations

import pytest

from kerneldojo.metrics import Estimate
from kerneldojo.reporting import words


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


def test_shares_are_never_rounded_to_all_or_nothing() -> None:
    shares = [words.percent(share) for share in (1.0, 0.999, 0.5, 0.001, 0.0)]
    assert shares == ["100 %", ">99 %", "50 %", "<1 %", "0 %"]


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


def test_p_values() -> None:
    assert [words.p_value(value) for value in (0.0001, 0.0126, 1.0)] == ["<0.001", "0.013", "1.000"]


def test_durations() -> None:
    assert [words.duration(seconds) for seconds in (4.12, 100, 9000)] == [
        "4.1 s",
        "1.7 min",
        "2.5 h",
    ]


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 0.0, -3.0])
def test_odd_figures_are_shown_not_raised(value: float) -> None:
    assert words.digits(value)


def test_plain_text_has_no_control_characters_and_no_half_characters() -> None:
    assert words.plain("a\x00b\u2028c\ud800 é") == "a\ufffdb\ufffdc? é"
