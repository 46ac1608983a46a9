from __future__ import annotations

import math

import pytest

from kerneldojo import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (0.9996, "1.00"),
        (9.996, "10.0"),
        (99.96, "100"),
        (-3.0, "-3.00"),
        (1234.5, "1,234"),
        (math.inf, "inf"),
    ],
)
def test_three_digits(value: float, text: str) -> None:
    assert wording.digits(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.001, "<1 %"), (0.5, "50 %"), (0.999, ">99 %"), (1, "100 %"), (1.5, "150 %")],
)
def test_shares_are_never_rounded_to_all_or_nothing(share: float, text: str) -> None:
    assert wording.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.012"), (0.0999, "0.10"), (0.8781, "0.88"), (1.8249, "1.82"), (9.996, "10.0")],
)
def test_ratios_are_short(value: float, text: str) -> None:
    assert wording.times(value) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0.0, "0 ns"),
        (0.0000123, "12.3 ns"),
        (0.01234, "12.3 µs"),
        (0.9999, "1,000 µs"),
        (1.0, "1.00 ms"),
        (123.4, "123 ms"),
        (61_000, "61.0 s"),
    ],
)
def test_measured_times(milliseconds: float, text: str) -> None:
    assert wording.duration(milliseconds) == text


def test_no_time_is_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        wording.duration(-1.0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(4.12, "4 s"), (100, "2 min"), (6000, "1 h 40 min"), (9000, "2 h 30 min")]
)
def test_spans_that_people_wait(seconds: float, text: str) -> None:
    assert wording.clock(seconds) == text


def test_plurals() -> None:
    found = [
        wording.plural(1, "trial"),
        wording.plural(2000, "trial"),
        wording.plural(0, "entry", "entries"),
    ]
    assert found == ["1 trial", "2,000 trials", "0 entries"]
