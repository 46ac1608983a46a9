from __future__ import annotations

import math

import pytest

from kerneldojo.records import Outcome, Status
from kerneldojo.reporting import distribution
from kerneldojo.reporting.content import Point
from tests.reporting.conftest import outcome


def test_the_funnel_loses_every_status_at_its_stage() -> None:
    rows = [outcome(status) for status in Status if status is not Status.CORRECT]
    rows += [outcome(Status.CORRECT, 2.0), outcome(Status.CORRECT, 1.0), outcome(Status.CORRECT)]
    counts = {stage.name: stage.counts for stage in distribution.funnel([rows, []])}
    assert counts == {
        "asked": (13, 0),
        "valid": (12, 0),
        "compiles": (11, 0),
        "runs": (8, 0),
        "right shape": (6, 0),
        "right value": (4, 0),
        "honest": (3, 0),
        "faster": (1, 0),
    }


def test_the_histogram_has_four_bins_an_octave_and_no_empty_ends() -> None:
    rows = [outcome(Status.CORRECT, speedup) for speedup in (1.0, 1.1, 1.99, 2.0)]
    bins = distribution.histogram([rows, [outcome(Status.CORRECT, 0.9), outcome(Status.HACKED)]])
    assert [one.counts for one in bins] == [(0, 1), (2, 0), (0, 0), (0, 0), (1, 0), (1, 0)]
    assert bins[0].high == bins[1].low == 1.0
    assert bins[-1].low == pytest.approx(2.0)
    assert bins[1].high == pytest.approx(2**0.25)


@pytest.mark.parametrize(("speedup", "low"), [(1e-9, 2.0**-7), (1e9, 2.0**6.75)])
def test_what_is_beyond_the_axis_counts_at_its_edge(speedup: float, low: float) -> None:
    [one] = distribution.histogram([[outcome(Status.CORRECT, speedup)]])
    assert one.low == pytest.approx(low)
    assert one.counts == (1,)


def test_nothing_timed_gives_no_bins_and_no_points() -> None:
    rows = [[outcome(Status.CORRECT), outcome(Status.WRONG_SHAPE)]]
    assert distribution.histogram(rows) == ()
    assert distribution.points(rows) == ()


def test_few_points_keep_their_evaluations() -> None:
    rows = [outcome(Status.CORRECT, 2.0, coverage=0.5, evaluation="abc")]
    rows.append(outcome(Status.CORRECT, 2.0, coverage=None))
    assert distribution.points([rows]) == (Point(0, 0.5, 2.0, 1, "a/b", "abc"),)


def test_many_points_are_gathered_and_none_is_lost() -> None:
    rows: list[list[Outcome]] = [[], []]
    for number in range(distribution.MOST_POINTS + 1):
        speedup = 2 ** math.sin(number)
        rows[number % 2].append(outcome(Status.CORRECT, speedup, coverage=number % 100 / 100))
    found = distribution.points(rows)
    assert len(found) < distribution.MOST_POINTS / 2
    assert sum(point.count for point in found) == distribution.MOST_POINTS + 1
    assert {point.run for point in found} == {0, 1}
    assert all(0 <= point.coverage <= 1 and 0.4 < point.speedup < 2.5 for point in found)


def test_bands_hold_counts_and_geometric_means() -> None:
    rows = [
        outcome(Status.CORRECT, 4.0, coverage=0.1),
        outcome(Status.CORRECT, 1.0, coverage=0.2),
        outcome(Status.CORRECT, 3.0, coverage=0.25),
        outcome(Status.CORRECT, 5.0, coverage=1.0),
    ]
    bands = distribution.bands([rows])
    assert [band.counts[0] for band in bands] == [2, 1, 0, 0, 1]
    assert bands[0].means[0] == pytest.approx(2.0)
    assert bands[2].means == (None,)
