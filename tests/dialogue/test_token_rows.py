"""Ids of turns: written down as what they add, read back as rows, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerneldojo.dialogue.token_rows import as_tokens, full_ids, relate, rows
from kerneldojo.records import (
    Completion,
    Message,
    Problem,
    Tokens,
    Trajectory,
    TrajectoryRecord,
    Turn,
    TurnRecord,
)

PROBLEM = Problem(name="p", source="class Model: ...")
QUESTION = (Message(role="user", content="?"),)
IDS = st.lists(st.integers(0, 3), max_size=4).map(tuple)


def turn(number: int, tokens: Tokens | None) -> Turn:
    return Turn(
        TurnRecord(
            trajectory="t",
            number=number,
            place=f"turn {number}",
            reply="",
            feedback="",
            tokens=tokens,
        )
    )


def trajectory(turns: Sequence[Turn]) -> Trajectory:
    record = TrajectoryRecord(id="t", problem="p", problem_digest="d", question=QUESTION)
    return Trajectory(record, PROBLEM, list(turns))


def recorded(replies: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> list[Turn]:
    """Turns as a dialogue writes them down, from whole prompts and replies."""
    turns: list[Turn] = []
    for number, (prompt, sampled) in enumerate(replies):
        completion = Completion(
            text="",
            prompt_ids=prompt,
            sampled_ids=sampled,
            logprobs=tuple(-0.5 - number for _ in sampled),
        )
        turns.append(turn(number, as_tokens(completion, turns)))
    return turns


def test_a_dialogue_that_goes_on_is_one_row() -> None:
    turns = recorded(
        [((1, 2), (3, 9)), ((1, 2, 3, 9, 4), (5, 9)), ((1, 2, 3, 9, 4, 5, 9, 6), (7,))]
    )
    assert [t.record.tokens.extends for t in turns if t.record.tokens] == [None, 0, 1]
    assert [t.record.tokens.prompt for t in turns if t.record.tokens] == [(1, 2), (4,), (6,)]
    (row,) = rows(trajectory(turns))
    assert row.ids == (1, 2, 3, 9, 4, 5, 9, 6, 7)
    assert row.turn_of == (None, None, 0, 0, None, 1, 1, None, 2)
    assert row.loss_mask == (False, False, True, True, False, True, True, False, True)
    assert row.logprobs == (0, 0, -0.5, -0.5, 0, -1.5, -1.5, 0, -2.5)
    assert row.turns == (0, 1, 2)


def test_a_prompt_that_was_written_anew_begins_a_row() -> None:
    turns = recorded([((1, 2), (3, 9)), ((1, 2, 4), (5, 9))])
    first, second = rows(trajectory(turns))
    assert (first.ids, second.ids) == ((1, 2, 3, 9), (1, 2, 4, 5, 9))
    assert second.turns == (1,)


def test_branches_share_what_came_before_and_train_on_it_once() -> None:
    turns = recorded([((1,), (2,)), ((1, 2, 3), (4,)), ((1, 2, 3), (5,))])
    first, second = rows(trajectory(turns))
    assert (first.ids, first.turn_of) == ((1, 2, 3, 4), (None, 0, None, 1))
    assert (second.ids, second.turn_of) == ((1, 2, 3, 5), (None, None, None, 2))
    assert second.logprobs == (0, 0, 0, -2.5)


def test_the_longest_beginning_counts_and_of_equals_the_first() -> None:
    turns = recorded([((1,), (2,)), ((1,), (2,)), ((1, 2, 3), (4,))])
    assert relate(turns, (1, 2, 3, 4, 5)) == (2, 4)
    assert relate(turns, (1, 2, 7)) == (0, 2)
    assert relate(turns, (1,)) == (None, 0)
    assert relate(turns, (2, 1, 2)) == (None, 0)


def test_unknown_ids_have_no_row() -> None:
    assert as_tokens(Completion(text="x"), []) is None
    assert as_tokens(Completion(text="x", sampled_ids=(1,)), []) is None
    turns = [turn(0, None), turn(1, Tokens(prompt=(1,), sampled=(2,)))]
    assert [row.turns for row in rows(trajectory(turns))] == [(1,)]


def test_a_turn_whose_beginning_is_lost_is_left_out() -> None:
    turns = [turn(3, Tokens(extends=1, prompt=(1,), sampled=(2,)))]
    assert full_ids(turns) == {}
    assert rows(trajectory(turns)) == []


@pytest.mark.parametrize("known", [(True, False), (False, True)])
def test_logprobs_of_a_row_are_all_known_or_unknown(known: tuple[bool, bool]) -> None:
    logprobs = [(-1.0,) if is_known else None for is_known in known]
    turns = [
        turn(0, Tokens(prompt=(1,), sampled=(2,), logprobs=logprobs[0])),
        turn(1, Tokens(extends=0, prompt=(3,), sampled=(4,), logprobs=logprobs[1])),
    ]
    (row,) = rows(trajectory(turns))
    assert row.logprobs is None


@given(st.lists(st.tuples(st.integers(-1, 5), IDS, IDS), max_size=6))
def test_what_was_sent_and_returned_comes_back(
    shape: list[tuple[int, tuple[int, ...], tuple[int, ...]]],
) -> None:
    replies: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for onto, added, sampled in shape:
        before = sum(replies[onto], ()) if 0 <= onto < len(replies) else ()
        replies.append((before + added, sampled))
    turns = recorded(replies)
    assert full_ids(turns) == {n: prompt + sampled for n, (prompt, sampled) in enumerate(replies)}
    found = rows(trajectory(turns))
    for number, (prompt, sampled) in enumerate(replies):
        trained = [row for row in found if number in row.turns]
        assert len(trained) == (1 if sampled else 0)
        for row in trained:
            places = [at for at, owner in enumerate(row.turn_of) if owner == number]
            assert places == list(range(len(prompt), len(prompt) + len(sampled)))
            assert row.ids[: len(prompt) + len(sampled)] == prompt + sampled
            assert row.logprobs is not None
            assert {row.logprobs[at] for at in places} == {-0.5 - number}
