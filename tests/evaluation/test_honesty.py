"""From what was observed of a call to findings; claims may be hostile."""

from __future__ import annotations

import base64
import random
import struct
import time
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from kerneldojo.evaluation.referee import honesty
from kerneldojo.evaluation.referee.cases import Case, Leaf
from kerneldojo.evaluation.referee.loading import Reply, SecretPlaces
from kerneldojo.evaluation.referee.outputs import Output
from kerneldojo.evaluation.referee.player_process import Answer
from kerneldojo.evaluation.referee.tolerance import bounds_for
from kerneldojo.records import Finding, FindingKind, Tolerance

ANSWER = torch.randn(50, generator=torch.Generator().manual_seed(4))
PLACES = SecretPlaces([index / 50 + 0.001 for index in range(50)], 3, 50)
HONEST: dict[str, Any] = {"launches": {"own": {"gelu": 1}, "foreign": {}}, "census": {}}


def case(value: torch.Tensor = ANSWER, *, mutates: bool = False, aliases: bool = False) -> Case:
    bounds = None
    if value.is_floating_point():
        bounds = bounds_for(value, value.double(), Tolerance(), 1)
    return Case("n", "base", [], None, None, [Leaf("output", value, bounds)], aliases, mutates)


def encoded(values: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(values)}d", *values)).decode()


def found(
    claims: Any,
    value: torch.Tensor = ANSWER,
    *,
    ghost: bool = False,
) -> list[Finding]:
    return honesty.census(case(value), claims, PLACES, ghost=ghost)


def sighting(reported: Sequence[float], **changes: Any) -> dict[str, Any]:
    seen = {"where": "operator mm", "size": 50, "values": encoded(reported)} | changes
    return HONEST | {"census": {"sightings": [seen]}}


def test_places_are_secret_and_fit_the_outputs() -> None:
    places = honesty.secret_places(case(), random.Random(1))
    assert (places.least, places.most) == (3, 50)
    assert all(0 <= fraction < 1 for fraction in places.fractions)
    assert places.fractions != honesty.secret_places(case(), random.Random(2)).fractions
    nothing = honesty.secret_places(case(torch.zeros(0)), random.Random(1))
    assert nothing.most == 0


def test_an_honest_census_finds_nothing() -> None:
    assert found(HONEST) == []


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({}, FindingKind.NO_KERNEL),
        ({"launches": {"own": {}, "foreign": {"cublas": 1}}}, FindingKind.FOREIGN_KERNEL),
        (HONEST | {"replaced": ["time.perf_counter"]}, FindingKind.TAMPERING),
        (HONEST | {"compilers": ["torch._inductor.codecache"]}, FindingKind.FOREIGN_KERNEL),
        (HONEST | {"census": {"out_of_bounds": True}}, FindingKind.OUT_OF_BOUNDS),
        (sighting(ANSWER.tolist()), FindingKind.LIBRARY_ANSWER),
    ],
)
def test_each_sign_has_its_finding(claims: dict[str, Any], kind: FindingKind) -> None:
    (finding,) = found(claims)
    assert finding.fatal
    assert finding.kind is kind
    assert finding.evidence


@pytest.mark.parametrize(("right", "caught"), [(50, True), (46, True), (44, False), (0, False)])
def test_nine_places_in_ten_must_hold_the_answer(right: int, caught: bool) -> None:
    values = [v if i < right else v + 9 for i, v in enumerate(ANSWER.tolist())]
    assert bool(found(sighting(values))) is caught


def test_integers_must_be_equal() -> None:
    value = torch.arange(50)
    assert found(sighting(value.tolist()), value)
    assert not found(sighting((value + 1).tolist()), value)


def test_a_nearly_constant_answer_proves_nothing() -> None:
    value = torch.tensor([0.0, 1.0] * 25)
    assert not found(sighting(value.tolist()), value)
    assert not found(sighting([7.0] * 50), torch.full((50,), 7.0))


def test_a_single_number_can_be_the_answer() -> None:
    claims = sighting([2.75] * 50, size=1)
    assert found(claims, torch.tensor(2.75))


def parts(*pieces: tuple[int, int]) -> dict[str, Any]:
    seen = []
    for start, size in pieces:
        values = [float(ANSWER[start + int(f * size)]) for f in PLACES.fractions]
        seen.append({"where": f"operator {start}", "size": size, "values": encoded(values)})
    return HONEST | {"census": {"sightings": seen}}


@pytest.mark.parametrize(
    ("pieces", "caught"),
    [
        ([(0, 25), (25, 25)], True),
        ([(0, 25)], True),
        ([(25, 25)], True),
        ([(0, 10), (10, 10)], False),
        ([(0, 10), (20, 10), (40, 10)], True),
        ([(0, 10), (0, 10), (0, 10)], False),
    ],
)
def test_half_of_the_answer_in_pieces_is_enough(
    pieces: list[tuple[int, int]], caught: bool
) -> None:
    assert bool(found(parts(*pieces))) is caught


def test_a_flood_of_tiny_pieces_is_not_looked_at_in_every_place() -> None:
    value = torch.randn(1 << 22)
    seen = {"where": "operator add", "size": 1, "values": encoded([0.5] * 50)}
    claims = HONEST | {"census": {"sightings": [seen] * 400}}
    start = time.perf_counter()
    assert found(claims, value) == []
    assert time.perf_counter() - start < 5


def test_the_ghost_says_so() -> None:
    (finding,) = found(sighting(ANSWER.tolist()), ghost=True)
    assert "left out" in finding.evidence


NOT_VALUES: list[Any] = [
    None,
    5,
    [],
    "",
    "!!!",
    "AAAA",
    "ä" * 8,
    "A" * 1_000_000,
    encoded([1.0] * 49),
    encoded([float("nan")] * 50),
    encoded([float("inf")] * 50),
    {"a": 1},
]


@pytest.mark.parametrize("values", NOT_VALUES, ids=range(len(NOT_VALUES)))
def test_hostile_values_prove_nothing(values: Any) -> None:
    assert found(sighting([0.0], values=values)) == []


@pytest.mark.parametrize(
    "size", [None, 0, 2, 51, -50, 50.5, "50", [50], {}, True, float("nan"), 10**400]
)
def test_hostile_sizes_prove_nothing(size: Any) -> None:
    assert found(sighting(ANSWER.tolist(), size=size)) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"launches": 5},
        {"launches": {"own": [1]}},
        {"launches": {"own": None, "foreign": "abc"}},
        {"launches": {"own": {"a": 1}}, "replaced": 3, "compilers": {"a": 1}, "census": [1]},
        {"launches": {"own": {"a": 1}}, "replaced": [None, 4, ["x" * 9999]]},
        {"launches": {"own": {"a": 1}}, "census": {"sightings": {"a": 1}}},
        {"launches": {"own": {"a": 1}}, "census": {"sightings": [1, None, "x", [], {}]}},
    ],
    ids=range(7),
)
def test_hostile_claims_do_not_crash(claims: dict[str, Any]) -> None:
    for finding in found(claims):
        assert len(finding.evidence) < 2000


def reply(*, inputs: bool = False, bands: bool = False) -> Reply:
    return Reply(Answer(1, None), None, [], inputs, bands)


def test_inputs_and_the_memory_around_them() -> None:
    assert honesty.conduct(case(), reply()) == []
    (mutated,) = honesty.conduct(case(), reply(inputs=True))
    assert mutated.kind is FindingKind.MUTATED_INPUT
    (outside,) = honesty.conduct(case(), reply(bands=True))
    assert outside.kind is FindingKind.OUT_OF_BOUNDS


def test_where_the_reference_writes_to_its_input_a_solution_may_too() -> None:
    assert honesty.conduct(case(mutates=True), reply(inputs=True)) == []


def output(name: str, address: int, span: int, *, overlapping: bool = False) -> Output:
    return Output(name, torch.zeros(1), address, span, overlapping)


ARENA = [(1000, 2000)]


@pytest.mark.parametrize(
    ("outputs", "kinds"),
    [
        ([output("a", 5000, 100)], []),
        ([output("a", 2000, 100)], []),
        ([output("a", 1500, 100)], [FindingKind.ALIASED_OUTPUT]),
        ([output("a", 5000, 100), output("b", 5100, 4)], []),
        ([output("b", 5099, 4), output("a", 5000, 100)], [FindingKind.ALIASED_OUTPUT]),
        ([output("a", 5000, 100), output("b", 5000, 100)], [FindingKind.ALIASED_OUTPUT]),
        ([output("a", 5000, 4, overlapping=True)], [FindingKind.STRANGE_OUTPUT]),
        ([Output("a", 3.0)], []),
    ],
)
def test_where_outputs_lie(outputs: list[Output], kinds: list[FindingKind]) -> None:
    assert [finding.kind for finding in honesty.placement(case(), outputs, ARENA)] == kinds


def test_outputs_inside_another_are_noticed_in_any_order() -> None:
    outputs = [output("c", 5500, 10), output("a", 5000, 1000), output("b", 5100, 10)]
    assert honesty.placement(case(), outputs, ARENA)


def test_where_the_reference_returns_its_input_a_solution_may_too() -> None:
    assert honesty.placement(case(aliases=True), [output("a", 1500, 4)], ARENA) == []
