"""The bundled replies: whole, readable, and fit for what the tour says of them."""

from __future__ import annotations

from collections import Counter

import kerneldojo as kd
from kerneldojo.dialogue import parse_reply
from kerneldojo.policies.replayed import _TOUR, RecordedReply, Replayed, _lines

STRATEGY = "sequential(turns=3, iterations=2, keep=2)"
PLACES = {"turn 1", "turn 2", "turn 3", "iteration 1", "iteration 2"}


def replies() -> list[RecordedReply]:
    return list(_lines(_TOUR))


def test_every_dialogue_is_whole() -> None:
    by_problem: dict[str, set[str]] = {}
    for reply in replies():
        by_problem.setdefault(reply.problem, set()).add(reply.place)
    assert len(by_problem) == 14
    assert all(places == PLACES for places in by_problem.values())
    assert Replayed.bundled().strategy == STRATEGY


def test_its_problems_are_bundled() -> None:
    known = {problem.name for problem in kd.list_problems()}
    assert {reply.problem for reply in replies()} <= known


def test_every_reply_holds_a_solution_of_its_own() -> None:
    sources = Counter((reply.problem, parse_reply(reply.reply).source) for reply in replies())
    assert all(source is not None for _, source in sources)
    assert sources.most_common(1)[0][1] == 1


def test_it_says_nothing_of_where_it_was_recorded() -> None:
    assert {(reply.policy, reply.model) for reply in replies()} == {("a language model", "")}
    assert not any("/work/" in reply.reply or "/tmp/" in reply.reply for reply in replies())
