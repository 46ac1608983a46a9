"""Sequential scaling: which turns are shown at each turn, worked out by hand."""

from __future__ import annotations

import asyncio

import pytest

from kerneldojo.dialogue import Dialogue
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Turn
from kerneldojo.strategies import Sequential
from kerneldojo.strategies.ranking import best_turn
from tests.dialogue.talk import Script, code, problem, terms

FAILED = code("failed")
"""A turn lost to a fault of ours."""


def told(*levels: float | str) -> list[str]:
    """Lines of a script: correct ones of these speedups, wrong ones for 0."""
    return [
        level
        if isinstance(level, str)
        else code("correct" if level else "wrong", level, text=f"line {number}")
        for number, level in enumerate(levels)
    ]


def explore(strategy: Sequential, *levels: float | str) -> list[Turn]:
    script = Script(*told(*levels))
    dialogue = Dialogue(problem(), terms(script), strategy=strategy.name)
    assert asyncio.run(strategy.explore(dialogue)) is End.TURNS
    assert script.lines == []
    return dialogue.turns


def contexts(turns: list[Turn]) -> list[tuple[int, ...]]:
    return [turn.record.context for turn in turns]


def test_a_rollout_then_the_best_in_order_of_time() -> None:
    strategy = Sequential(turns=3, iterations=4, keep=2)
    turns = explore(strategy, 1.1, 1.5, 1.2, 1.4, 1.0, 2.0, 1.3)
    assert contexts(turns) == [(), (0,), (0, 1), (1, 2), (1, 3), (1, 3), (1, 5)]
    assert [turn.record.parent for turn in turns] == [None, 0, 1, 1, 1, 1, 5]
    assert [turn.record.place for turn in turns][2:4] == ["turn 3", "iteration 1"]


def test_of_equals_the_later_ones_are_shown() -> None:
    turns = explore(Sequential(turns=1, iterations=5, keep=2), 0, 0, 0, 1.5, 0, 1.5)
    assert contexts(turns) == [(), (0,), (0, 1), (1, 2), (2, 3), (3, 4)]
    assert turns[5].record.parent == 3


def test_turns_lost_to_a_fault_of_ours_are_not_shown() -> None:
    turns = explore(Sequential(turns=2, iterations=3, keep=3), FAILED, 0, 1.2, FAILED, 0)
    assert contexts(turns) == [(), (0,), (1,), (1, 2), (1, 2)]


def test_what_only_repeats_is_not_shown_twice() -> None:
    same = code("correct", 1.5, text="line 1")
    turns = explore(Sequential(turns=1, iterations=3, keep=2), 1.2, 1.5, same, 1.1)
    assert turns[2].record.repeats == 1
    assert contexts(turns) == [(), (0,), (0, 1), (0, 1)]


def test_fewer_turns_than_could_be_shown() -> None:
    turns = explore(Sequential(turns=1, iterations=2, keep=4), 1.0, 1.1, 1.2)
    assert contexts(turns) == [(), (0,), (0, 1)]


def test_nothing_fit_to_be_shown() -> None:
    turns = explore(Sequential(turns=1, iterations=2, keep=4), FAILED, FAILED, 1.0)
    assert contexts(turns) == [(), (), ()]
    assert [turn.record.parent for turn in turns] == [None] * 3
    assert best_turn(turns[:2]) is None


def test_no_iterations_are_a_plain_rollout() -> None:
    assert contexts(explore(Sequential(turns=3, iterations=0), 1, 1, 1)) == [(), (0,), (0, 1)]


def test_the_released_recipe_takes_fourteen_turns() -> None:
    turns = explore(Sequential.released(), *(1 + step / 10 for step in range(14)))
    assert contexts(turns)[4] == (0, 1, 2, 3)
    assert contexts(turns)[13] == (9, 10, 11, 12)


@pytest.mark.parametrize("wrong", [{"turns": 0}, {"iterations": -1}, {"keep": 0}])
def test_parameters_have_limits(wrong: dict[str, int]) -> None:
    [(name, value)] = wrong.items()
    with pytest.raises(UsageError, match=rf"sequential: {name} = {value}"):
        Sequential(**wrong)
