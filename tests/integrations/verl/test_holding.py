"""A trajectory held for verl: rows of exactly the drawn tokens, and faults that are no verdicts."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from kerneldojo.errors import PolicyRefused
from kerneldojo.integrations.verl.holding import response_rows
from tests.dialogue.talk import Judge, code
from tests.integrations.verl import fakes

THOUGHT = "<think>\nhm\n</think>\n\n"


def rewards(rows: list[Any]) -> list[list[float | None]]:
    return [[turn.reward for turn in row.handover.turns] for row in rows]


def test_a_whole_trajectory_is_one_row_of_the_very_ids() -> None:
    tokens = fakes.chatml()
    server = fakes.Server(tokens, code("wrong"), code("correct", 2.0), code("correct", 1.5, "b"))
    held = fakes.held(server)
    [row] = response_rows(held, partial=False)
    assert row.prompt == tuple(server.asked[0]["prompt_ids"])
    assert (*row.prompt, *row.response) == (
        *server.asked[2]["prompt_ids"],
        *server.replies[2],
    )
    for turn, start, end in row.handover.spans:
        assert row.response[start:end] == server.replies[turn]
        assert row.logprobs is not None
        assert row.logprobs[start:end] == tuple(-(n + 1) / 100 for n in range(end - start))
        assert row.rewards[end - 1] == held.turns[turn].reward
        assert not any(row.rewards[start : end - 1])
    in_turns = {n for _, start, end in row.handover.spans for n in range(start, end)}
    assert row.mask == tuple(int(n in in_turns) for n in range(len(row.response)))
    assert row.handover.sample == 5
    # said letter by letter: whoever tokenised the reply again would find other ids
    assert tokens._encode(code("wrong"))[:3] != list(server.replies[0][:3])


def test_where_the_template_forgets_each_turn_has_a_row() -> None:
    server = fakes.Server(
        fakes.forgetful(), THOUGHT + code("wrong"), THOUGHT + code("correct", 2.0)
    )
    held = fakes.held(server, turns=2)
    rows = response_rows(held, partial=True)
    assert [row.response for row in rows] == server.replies
    assert [row.prompt for row in rows] == [tuple(asked["prompt_ids"]) for asked in server.asked]
    assert [row.handover.spans for row in rows] == [
        ((0, 0, len(rows[0].response)),),
        ((1, 0, len(rows[1].response)),),
    ]
    assert rewards(rows)[0] == rewards(rows)[1] == [turn.reward for turn in held.turns]


def test_a_reply_without_code_is_a_failure_and_not_a_fault() -> None:
    held = fakes.held(fakes.Server(fakes.chatml(), "I do not know.", code("correct", 2.0)), turns=2)
    assert held.turns[0].reward == 0.0
    assert not held.broken


def test_a_turn_that_was_not_judged_is_lost() -> None:
    server = fakes.Server(fakes.chatml(), code("failed"), code("correct", 2.0))
    held = fakes.held(server, turns=2)
    assert [turn.reward is None for turn in held.turns] == [True, False]
    [known] = response_rows(held, partial=True)
    assert sum(known.mask) == sum(map(len, server.replies))
    [masked] = response_rows(held, partial=False)
    assert not any(masked.mask)


def test_rows_of_nothing_but_lost_turns_are_left_out() -> None:
    server = fakes.Server(
        fakes.forgetful(), THOUGHT + code("failed"), THOUGHT + code("correct", 2.0)
    )
    [row] = response_rows(fakes.held(server, turns=2), partial=True)
    assert row.response == server.replies[1]
    assert rewards([row])[0][0] is None


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("actor died"),
        fakes.output([5, 6], stop_reason="aborted"),
        fakes.output([]),
        fakes.output([5, 6], log_probs=[-1.0]),
        fakes.output([5, 6], log_probs=[-1.0, float("nan")]),
    ],
)
def test_a_fault_of_the_server_loses_a_turn(fault: Any) -> None:
    held = fakes.held(fakes.Server(fakes.chatml(), code("correct", 2.0), fault))
    assert held.broken
    assert [turn.reward is None for turn in held.turns] == [False, True]


def test_nothing_comes_of_a_trajectory_without_a_verdict() -> None:
    held = fakes.held(fakes.Server(fakes.chatml(), RuntimeError("actor died")))
    assert response_rows(held, partial=True) == []


def test_what_is_under_way_at_the_deadline_is_lost() -> None:
    server = fakes.Server(fakes.chatml(), code("correct", 2.0), fakes.NEVER)
    held = fakes.held(server, deadline_s=0.3)
    assert [turn.reward is None for turn in held.turns] == [False, True]


def test_a_verdict_that_comes_too_late_is_lost() -> None:
    class Slow(Judge):
        def submit(self, *asked: Any) -> Future[Any]:
            return Future()

    server = fakes.Server(fakes.chatml(), code("correct", 2.0))
    held = fakes.held(server, Slow(), deadline_s=0.3)
    assert [turn.reward for turn in held.turns] == [None]


def test_a_broken_problem_is_left_out() -> None:
    held = fakes.held(fakes.Server(fakes.chatml(), code("invalid_problem")))
    assert response_rows(held, partial=True) == []


def test_earlier_turns_make_room() -> None:
    server = fakes.Server(fakes.chatml(), code("correct", 2.0), code("correct", 1.5, "b"))
    length = 4096 + len(server.tokens.prompt_ids(fakes.held_question())) + 10
    held = fakes.held(server, turns=2, context_length=length)
    assert held.trajectory.turns[1].record.forgotten == (0,)
    assert len(response_rows(held, partial=True)) == 2


def test_a_context_without_room_for_a_reply_is_refused() -> None:
    with pytest.raises(PolicyRefused, match="max_tokens"):
        fakes.held(fakes.Server(fakes.chatml()), context_length=4096)


def test_the_server_is_asked_in_its_own_words() -> None:
    server = fakes.Server(fakes.chatml(), code("correct", 2.0))
    fakes.held(server, turns=1, options={"priority": 7})
    assert server.asked[0]["sampling_params"] == {**fakes.DRAWING, "max_tokens": 4096}
    assert server.asked[0]["priority"] == 7
    assert server.asked[0]["request_id"] == "r"
