"""Groups, first samples, last turns, the best so far, and curves over turns."""

from __future__ import annotations

from itertools import pairwise

from kerneldojo.metrics import best_so_far, fast_p, first_samples, group_by, last_turns, turn_curve
from kerneldojo.records import Outcome
from tests.metrics.conftest import failed, outcome, wrong

TRAJECTORIES = [
    wrong("a", turn=0),
    outcome("a", 2.0, turn=1),
    wrong("a", turn=2),
    outcome("b", 1.1, turn=0),
    outcome("b", 1.3, turn=1),
]


def test_groups() -> None:
    rows = [
        outcome("a", 1.0, level=2, family="norm", target="cpu"),
        outcome("b", 1.0, level=1, family="loss", target="cuda:0"),
        outcome("c", 1.0, level=1, family="norm"),
        outcome("d", 1.0),
    ]
    names = {
        key: {name: [row.problem for row in group] for name, group in group_by(rows, key).items()}
        for key in ("level", "family", "target")
    }
    assert names["level"] == {"": ["d"], "1": ["b", "c"], "2": ["a"]}
    assert names["family"] == {"": ["d"], "loss": ["b"], "norm": ["a", "c"]}
    assert names["target"] == {"": ["c", "d"], "cpu": ["a"], "cuda:0": ["b"]}


def test_first_samples_are_those_with_the_lowest_number() -> None:
    rows = [outcome("a", 1.0, sample=3), outcome("a", 2.0, sample=1), outcome("b", 3.0)]
    assert [row.speedup for row in first_samples(rows)] == [2.0, 3.0]


def test_last_turns() -> None:
    def found(upto: int | None = None) -> list[tuple[str, int]]:
        return [(row.problem, row.turn) for row in last_turns(TRAJECTORIES, upto)]

    assert found() == [("a", 2), ("b", 1)]
    assert found(0) == [("a", 0), ("b", 0)]
    assert found(9) == found()
    twins = [outcome("a", 1.0), outcome("a", 2.0, sample=1)]
    assert last_turns(twins) == twins


def test_the_best_so_far() -> None:
    def found(upto: int | None = None) -> list[float | None]:
        return [row.speedup for row in best_so_far(TRAJECTORIES, upto)]

    assert found() == found(2) == [2.0, 1.3]
    assert found(0) == [None, 1.1]


def test_what_is_better() -> None:
    ranked = [failed("a"), wrong("a"), outcome("a"), outcome("a", 0.5), outcome("a", 0.6)]
    for worse, better in pairwise(ranked):
        for pair in ([worse, better], [better, worse]):
            turns = [row.model_copy(update={"turn": turn}) for turn, row in enumerate(pair)]
            [best] = best_so_far(turns)
            assert (best.status, best.speedup) == (better.status, better.speedup)


def test_the_earlier_of_equals_stays() -> None:
    [best] = best_so_far([wrong("a", turn=1), wrong("a", turn=0)])
    assert best.turn == 0


def test_best_by_the_lower_bound() -> None:
    wide = outcome("a", 2.0).model_copy(update={"speedup_low": 0.5})
    sure = outcome("a", 1.5, turn=1)
    assert best_so_far([wide, sure]) == [wide]
    assert best_so_far([wide, sure], lower_bound=True) == [sure]


def test_curves_over_turns() -> None:
    def above_one(rows: object) -> object:
        return fast_p(rows, 1.2)  # type: ignore[arg-type]

    def values(history: str) -> list[float | None]:
        curve = turn_curve(TRAJECTORIES, above_one, history)  # type: ignore[arg-type]
        return [point.value for point in curve]

    assert values("last") == [0.0, 1.0, 0.5]
    assert values("best") == [0.0, 1.0, 1.0]
    nothing: list[Outcome] = []
    assert turn_curve(nothing, above_one) == []  # type: ignore[arg-type]
