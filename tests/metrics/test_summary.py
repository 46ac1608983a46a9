"""The summary agrees with the single metrics, and its counts add up."""

from __future__ import annotations

import time

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.metrics import (
    Plan,
    Resampling,
    Summary,
    correct_rate,
    fast_p,
    geometric_mean_speedup,
    group_by,
    hack_rate,
    pass_at_k,
    summarise,
)
from kerneldojo.metrics.columns import Columns
from kerneldojo.records import Outcome, Problem, ProblemMetadata, Status
from tests.metrics.conftest import failed, many, outcome, same, wrong

MISSING = [
    Problem(name="kernelbench/level3/99", source="", metadata=ProblemMetadata(level=3)),
    Problem(name="suite/norm/x", source="", metadata=ProblemMetadata(level=4)),
]


def test_it_is_the_single_metrics(rows: list[Outcome]) -> None:
    found = summarise(rows).all
    for point in found.fast:
        assert same(point.estimate, fast_p(rows, point.p))
    assert same(found.correct, correct_rate(rows))
    assert same(found.hacked, hack_rate(rows))
    assert same(found.speedup, geometric_mean_speedup(rows))
    assert same(found.speedup_or_reference, geometric_mean_speedup(rows, "reference"))
    assert [point.k for point in found.pass_at] == [1, 2, 4]
    assert same(found.pass_at[1].estimate, pass_at_k(rows, 2))


def test_groups_are_summaries_of_their_outcomes(rows: list[Outcome]) -> None:
    found = summarise(rows, plan=Plan(by=("level", "family")))
    assert [group.name for group in found.groups] == [
        *("level 1", "level 2", "level 3"),
        *("family level1", "family level2", "family level3"),
    ]
    second = group_by(rows, "level")["2"]
    assert found.groups[1] == summarise(second).all.model_copy(update={"name": "level 2"})
    assert sum(group.outcomes for group in found.groups[:3]) == found.all.outcomes


def test_counts() -> None:
    rows = [outcome("a", 2.0, seconds=1.5), outcome("b"), wrong("c", seconds=1), failed("d")]
    found = summarise(rows, MISSING).all
    assert (found.problems, found.scored, found.unscored, found.missing) == (6, 3, 1, 2)
    assert (found.outcomes, found.unscored_outcomes, found.untimed) == (4, 1, 1)
    assert found.seconds == 2.5
    assert found.statuses == {
        Status.CORRECT: 2,
        Status.EVALUATION_FAILED: 1,
        Status.WRONG_VALUE: 1,
    }


def test_missing_problems_fail_unless_told_otherwise(rows: list[Outcome]) -> None:
    strict, lenient = summarise(rows, MISSING), summarise(rows, MISSING, Plan(missing_fail=False))
    names = [problem.name for problem in MISSING]
    assert same(strict.all.correct, correct_rate(Columns.of(rows, names)))
    assert same(lenient.all.correct, correct_rate(rows))
    assert strict.all.missing == lenient.all.missing == 2
    assert [group.name for group in strict.groups][-1] == "level 4"
    assert strict.groups[-1].correct.value == 0
    assert lenient.groups[-1].correct.value is None


def test_trajectories_stand_with_their_last_turn() -> None:
    rows = [outcome("a", 2.0), wrong("a", turn=1)]
    assert summarise(rows).all.correct.value == 0


def test_nothing_at_all() -> None:
    found = summarise([])
    assert (found.all.problems, found.all.correct.value, found.groups) == (0, None, ())
    assert found.all.pass_at == ()


def test_it_survives_json(rows: list[Outcome]) -> None:
    found = summarise(rows, MISSING, Plan(lower_bound=True, resampling=Resampling(seed=4)))
    assert Summary.model_validate_json(found.model_dump_json()) == found
    assert (found.seed, found.lower_bound, found.missing_fail) == (4, True, True)


def test_a_plan_is_checked_before_anything_runs() -> None:
    with pytest.raises(UsageError, match="not a number"):
        Plan(thresholds=[1.0, float("nan")])


def test_twenty_thousand_outcomes_are_no_trouble() -> None:
    rows = many(250, 80)
    start = time.process_time()
    summarise(rows)
    assert time.process_time() - start < 5  # about 0.4 s


def test_equal_solutions_share_the_seconds_of_one_evaluation() -> None:
    row = outcome("a", 2.0, seconds=1.5)
    again = row.model_copy(update={"sample": 1})
    assert summarise([row, again, wrong("b", seconds=1)]).all.seconds == 2.5
