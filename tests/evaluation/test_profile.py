"""Profiles from samples and from claims, which may be anything at all."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.evaluation.referee import profile
from kerneldojo.evaluation.referee.sampling import Samples
from kerneldojo.records import FindingKind

CLAIMS: dict[str, Any] = {
    "launches": {"own": {"gelu": 2}, "foreign": {}},
    "census": {
        "operators": {"mm": 1, "add": 3},
        "operator_cost": {"mm": 600.0, "add": 200.0},
        "kernel_cost": {"gelu": 200.0},
    },
}


def test_shares_follow_the_costs() -> None:
    built = profile.from_claims(CLAIMS)
    assert built.coverage == pytest.approx(0.2)
    assert [(row.name, row.share) for row in built.operators] == [("mm", 0.6), ("add", 0.2)]
    assert (built.kernels[0].name, built.kernels[0].launches_per_call) == ("gelu", 2)
    assert built.samples == 0
    assert "mm" in built.bottleneck and "20%" in built.bottleneck


def test_samples_decide_where_there_are_enough() -> None:
    samples = Samples(own=30, library=10, symbols=Counter({"gelu": 30}))
    built = profile.from_samples(samples, CLAIMS, latency_ms=2.0)
    assert built.coverage == 0.75
    assert built.kernels[0].time_ms == pytest.approx(1.5)
    assert sum(row.share or 0 for row in built.operators) == pytest.approx(0.25)
    assert built.samples == 40


def test_too_few_samples_fall_back_to_the_estimate() -> None:
    built = profile.from_samples(Samples(own=3, library=2), CLAIMS, 2.0)
    assert built.samples == 0 and built.coverage == pytest.approx(0.2)


def test_nothing_observed_is_unknown_and_not_zero() -> None:
    built = profile.from_claims({})
    assert built.coverage is None
    assert built.bottleneck
    assert profile.low_coverage(built, 0.9) is None


@pytest.mark.parametrize(("own", "warned"), [(29, True), (30, False), (100, False)])
def test_low_coverage_warns_below_the_threshold(own: int, warned: bool) -> None:
    built = profile.from_samples(Samples(own=own, library=100 - own), CLAIMS, 1.0)
    finding = profile.low_coverage(built, 0.3)
    assert (finding is not None) is warned
    if finding is not None:
        assert not finding.fatal and finding.kind is FindingKind.LOW_COVERAGE


def test_silence_about_operators_contradicts_samples_in_the_library() -> None:
    busy = Samples(own=10, library=30)
    assert profile.contradiction(busy, {"census": {"operators": {}}})
    assert profile.contradiction(busy, {}) is not None
    assert profile.contradiction(busy, CLAIMS) is None
    assert profile.contradiction(Samples(own=30, library=10), {}) is None
    assert profile.contradiction(Samples(own=0, library=5), {}) is None


HOSTILE: list[Any] = [
    {"launches": None, "census": None},
    {"launches": [], "census": "x"},
    {"census": {"kernel_cost": {"a": float("nan")}, "operator_cost": {"b": float("inf")}}},
    {"census": {"kernel_cost": {"a": -5.0, "b": 1.0}, "operator_cost": {"c": -1}}},
    {"census": {"kernel_cost": {"a": 10**400}, "operators": {"a": 10**400}}},
    {"census": {"kernel_cost": {"a": True, "b": "1", "c": None, "d": [1]}}},
    {"census": {"kernel_cost": {"x" * 10_000: 1.0}}},
    {"census": {"kernel_cost": {str(number): 1.0 for number in range(5000)}}},
    {"census": {"kernel_cost": {"a": 0.0}, "operator_cost": {"b": 0.0}}},
    {"launches": {"own": {"a": -1, "b": 2.5, "c": "many"}}},
]


@pytest.mark.parametrize("claims", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_claims_still_give_a_record(claims: dict[str, Any]) -> None:
    for built in (
        profile.from_claims(claims),
        profile.from_samples(Samples(own=20, library=20, symbols=Counter(a=20)), claims, 1.0),
    ):
        assert built.coverage is None or 0 <= built.coverage <= 1
        assert len(built.kernels) <= 12
        assert all(len(row.name) <= 80 for row in built.kernels)
        assert built.model_validate_json(built.model_dump_json()) == built


_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
_names = st.sampled_from(["own", "foreign", "operators", "operator_cost", "kernel_cost"])


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["launches", "census"]), _junk | st.dictionaries(_names, _junk, max_size=4)
    )
)
def test_any_claims_give_a_record(claims: dict[str, Any]) -> None:
    profile.from_claims(claims).model_dump_json()


def test_a_kernel_that_was_launched_but_never_met_is_still_listed() -> None:
    samples = Samples(own=0, library=40)
    built = profile.from_samples(samples, CLAIMS, latency_ms=2.0)
    assert [(row.name, row.share, row.launches_per_call) for row in built.kernels] == [
        ("gelu", 0.0, 2)
    ]
