"""What a dialogue has cost: counted once, also over an interruption."""

from __future__ import annotations

import pytest

from kerneldojo.dialogue.spending import Spending
from kerneldojo.records import TurnRecord, Usage
from kerneldojo.settings import Budget


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def turn(elapsed: float = 0.0, **fields: object) -> TurnRecord:
    given: dict[str, object] = {
        "trajectory": "t",
        "number": 0,
        "place": "turn 1",
        "reply": "",
        "feedback": "",
        "usage": Usage(prompt_tokens=3, completion_tokens=4, money=0.5),
        "elapsed_s": elapsed,
        **fields,
    }
    return TurnRecord.model_validate(given)


def test_a_fresh_dialogue_has_spent_nothing() -> None:
    assert Spending().exceeded(Budget(turns=1, tokens=1, money=0.01, evaluations=1)) is None


def test_a_limit_is_named_in_words() -> None:
    spent = Spending()
    spent.begin()
    spent.finish(turn())
    assert spent.exceeded(Budget(tokens=7, money=9)) == "tokens: 7 of 7"
    assert spent.exceeded(Budget(money=0.5)) == "money: 0.5 of 0.5"


def test_only_solutions_that_were_judged_count_as_evaluations() -> None:
    spent = Spending()
    for record in (turn(), turn(evaluation_id="a"), turn(evaluation_id="a", repeats=0)):
        spent.begin()
        spent.finish(record)
    assert (spent.turns, spent.evaluations) == (3, 1)


def test_the_clock_goes_on_where_it_stopped() -> None:
    clock = Clock()
    spent = Spending(clock)
    spent.recall(turn(elapsed=40.0))
    spent.recall(turn(elapsed=30.0))
    assert spent.seconds == pytest.approx(40.0)
    clock.now += 5
    assert spent.seconds == pytest.approx(45.0)
    assert spent.exceeded(Budget(seconds=45)) is not None
    assert spent.exceeded(Budget(seconds=46)) is None
