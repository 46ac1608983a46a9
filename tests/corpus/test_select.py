"""Filters: what each asks, what each drops, and what holds whatever is asked."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerneldojo.corpus import Answer, Distinct, Improving, Keep, likeness, select
from kerneldojo.corpus.filters import answer, rank
from kerneldojo.corpus.select import dropped_by
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Ending, Trajectory
from tests.corpus.conftest import made

WRONG, HACKED, FAILED = ("wrong", 0.0), ("hacked", 0.0), ("failed", 0.0)


def right(speedup: float) -> tuple[str, float]:
    return ("correct", speedup)


@pytest.mark.parametrize(
    ("verdicts", "keep", "reason"),
    [
        ([], Keep(), "answer"),
        ([WRONG], Keep(), None),
        ([WRONG], Keep(correct=True), "correct"),
        ([right(1), WRONG], Keep(correct=True), None),
        ([right(1), WRONG], Keep(correct=True, answer=Answer.LAST), "correct"),
        ([FAILED], Keep(correct=True), "correct"),
        ([HACKED, right(1)], Keep(), None),
        ([HACKED, right(1)], Keep(honest=True), "honest"),
        ([right(1)], Keep(speedup=1.0), None),
        ([right(1)], Keep(speedup=1.1), "speedup"),
        ([WRONG], Keep(speedup=0.0), "speedup"),
        ([right(1)], Keep(coverage=0.97), None),
        ([right(1)], Keep(coverage=0.98), "coverage"),
        ([WRONG], Keep(coverage=0.1), "coverage"),
        ([WRONG, right(0.5)], Keep(improving=Improving.EACH), None),
        ([right(2)], Keep(improving=Improving.LAST), "improving"),
        ([right(2), right(1)], Keep(improving=Improving.LAST), "improving"),
        ([right(1.5), right(1), right(2)], Keep(improving=Improving.LAST), None),
        ([right(1.5), right(1), right(2)], Keep(improving=Improving.EACH), "improving"),
        ([right(1), WRONG, right(2)], Keep(improving=Improving.EACH), None),
        ([right(1), right(2), right(1.5)], Keep(improving=Improving.EACH), None),
        ([FAILED, right(1)], Keep(improving=Improving.LAST), "improving"),
        ([FAILED, right(1), right(2)], Keep(improving=Improving.EACH), None),
    ],
)
def test_each_on_its_own_merits(
    verdicts: list[tuple[str, float]], keep: Keep, reason: str | None
) -> None:
    assert dropped_by(made(*verdicts), keep) == reason


def test_what_was_interrupted_has_not_ended() -> None:
    assert dropped_by(made(right(1)), Keep(ended=True)) is None
    assert dropped_by(made(right(1), ended=False), Keep(ended=True)) == "ended"


def test_a_winner_judged_anew_counts_as_it_was_then() -> None:
    trajectory = made(right(3), right(2))
    anew = trajectory.turns[0].evaluation
    assert anew is not None and anew.timing is not None
    slower = anew.model_copy(update={"timing": anew.timing.model_copy(update={"speedup": 1.2})})
    ending = Ending(trajectory="x", end=End.TURNS, winner=0, verification=slower.id)
    verified = dataclasses.replace(trajectory, ending=ending, verification=slower)
    assert dropped_by(trajectory, Keep(speedup=2.5)) is None
    assert dropped_by(verified, Keep(speedup=2.5)) == "speedup"
    assert dropped_by(verified, Keep(speedup=1.2)) is None


def test_what_did_not_stand_when_judged_anew_is_not_correct() -> None:
    found = made(right(3), WRONG)
    refuted = dataclasses.replace(found, ending=Ending(trajectory="x", end=End.TURNS))
    assert dropped_by(found, Keep(correct=True)) is None
    assert dropped_by(refuted, Keep(correct=True)) == "correct"
    assert dropped_by(refuted, Keep(speedup=1.0)) == "speedup"
    assert answer(refuted) is refuted.turns[-1]
    lone = dataclasses.replace(made(right(3)), ending=refuted.ending)
    assert dropped_by(lone, Keep(correct=True)) == "correct"


def chosen(trajectories: list[Trajectory], keep: Keep) -> tuple[list[int], dict[str, int]]:
    found = select(enumerate(trajectories), keep)
    assert found.seen == len(trajectories)
    return sorted(found.kept), found.dropped


def test_the_best_of_equal_answers_stays() -> None:
    slow, fast = made(right(1), text="same"), made(right(1), text="same")
    assert chosen([slow, fast], Keep(distinct=Distinct.EXACT)) == ([0], {"distinct": 1})
    other = made(right(2), text="other")
    assert chosen([slow, other], Keep(distinct=Distinct.EXACT)) == ([0, 1], {})
    assert chosen([slow, other], Keep(distinct=Distinct.NEAR)) == ([1], {"distinct": 1})


def test_at_most_so_many_of_a_problem_the_best_first() -> None:
    three = [made(WRONG), made(right(1.5)), made(right(1.2))]
    assert chosen(three, Keep(per_problem=2)) == ([1, 2], {"per_problem": 1})
    elsewhere = made(WRONG)
    moved = elsewhere.record.model_copy(update={"problem_digest": "other"})
    three.append(dataclasses.replace(elsewhere, record=moved))
    assert chosen(three, Keep(per_problem=1)) == ([1, 3], {"per_problem": 2})


POOL = [[right(1)], [right(1), right(2)], [WRONG], [HACKED, right(3)], [FAILED], [WRONG, right(1)]]
ASKED = st.builds(
    Keep,
    answer=st.sampled_from(Answer),
    ended=st.booleans(),
    correct=st.booleans(),
    honest=st.booleans(),
    speedup=st.none() | st.sampled_from([0.5, 1.0, 2.0]),
    coverage=st.none() | st.sampled_from([0.5, 0.98]),
    improving=st.none() | st.sampled_from(Improving),
    distinct=st.none() | st.sampled_from(Distinct),
    per_problem=st.none() | st.integers(1, 3),
)


@cache
def pooled(which: int, ended: bool, text: str) -> Trajectory:
    return made(*POOL[which], ended=ended, text=text)


MANY = st.lists(
    st.builds(
        pooled,
        st.integers(0, len(POOL) - 1),
        st.booleans(),
        st.sampled_from(["", "other"]),
    ),
    max_size=8,
)


@given(MANY, ASKED)
@settings(deadline=None, max_examples=150)
def test_every_trajectory_is_kept_or_told_of(many: list[Trajectory], keep: Keep) -> None:
    kept, dropped = chosen(many, keep)
    assert len(kept) + sum(dropped.values()) == len(many)
    assert all(dropped_by(many[number], keep) is None for number in kept)
    if keep.per_problem is not None:
        assert len(kept) <= keep.per_problem
    assert chosen([many[number] for number in kept], keep)[0] == list(range(len(kept)))


@given(MANY, ASKED)
@settings(deadline=None, max_examples=100)
def test_what_is_dropped_beside_others_is_no_better(many: list[Trajectory], keep: Keep) -> None:
    kept, _ = chosen(many, keep)
    fit = {n for n, one in enumerate(many) if dropped_by(one, keep) is None}
    best = [rank(many[n], turn) for n in kept if (turn := answer(many[n], keep.answer))]
    for number in fit - set(kept):
        turn = answer(many[number], keep.answer)
        assert turn is not None and best and rank(many[number], turn) <= max(best)


@pytest.mark.parametrize(
    ("words", "keep"),
    [
        ([], Keep()),
        (["correct", "honest", "ended"], Keep(correct=True, honest=True, ended=True)),
        (["speedup=1.5", "coverage=0.5"], Keep(speedup=1.5, coverage=0.5)),
        (["improving", "distinct"], Keep(improving=Improving.LAST, distinct=Distinct.EXACT)),
        (["improving=each"], Keep(improving=Improving.EACH)),
        (["distinct=near"], Keep(distinct=Distinct.NEAR)),
        (["answer=last", "per-problem=3"], Keep(answer=Answer.LAST, per_problem=3)),
    ],
)
def test_filters_are_read_from_words(words: list[str], keep: Keep) -> None:
    assert Keep.parse(words) == keep


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("corect", r"no filter is called 'corect'\. Did you mean 'correct'"),
        ("correct=yes", "correct takes no value"),
        ("speedup", "speedup takes a number"),
        ("speedup=nan", "a speedup is 0 or more"),
        ("coverage=50", "a coverage is from 0 to 1"),
        ("per_problem=0", "keep 1 or more"),
        ("distinct=far", r"distinct takes exact \(the default\) or near"),
    ],
)
def test_what_is_no_filter_is_told(word: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        Keep.parse([word])


SOURCE = '''
"""A docstring."""
import triton

@triton.jit
def double(x, out, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)  # where
    tl.store(out + at, 2 * tl.load(x + at))

class ModelNew(nn.Module):
    def forward(self, x):
        double[(1,)](x, x, BLOCK=16)
        return x
'''


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("  # where", "", True),
        ("at", "offsets", True),
        ("double", "twice", True),
        ("BLOCK", "SIZE", True),
        ('"""A docstring."""', "'another'", True),
        ("(0, BLOCK)", "( 0,\n    BLOCK )", True),
        ("2 *", "3 *", False),
        ("BLOCK=16", "BLOCK=32", False),
        ("tl.load(x", "tl.load(out", False),
        ("ModelNew", "Model", False),
        ("tl.store", "tl.atomic_add", False),
    ],
)
def test_likeness_sees_through_looks_only(old: str, new: str, alike: bool) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert (likeness(changed) == likeness(SOURCE)) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("K = 'int a; // b'", "K = '''int\na;'''", True),
        ("K = 'int a;'", "K = 'int b;'", False),
        ("def f(:\n  x", "def f(:\n\tx", True),
        ("def f(: x", "def f(: y", False),
    ],
)
def test_likeness_of_other_languages_and_of_what_is_broken(
    one: str, other: str, alike: bool
) -> None:
    assert (likeness(one) == likeness(other)) is alike


def test_kept_does_not_depend_on_the_keys() -> None:
    pool: list[Any] = [made(right(1)), made(WRONG)]
    named = select(zip("ab", pool, strict=True), Keep(correct=True))
    assert named.kept == {"a"}
