"""Islands: who is shown to whom, who stays, who travels; and how different sources are."""

from __future__ import annotations

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import Language, Solution, Turn
from kerneldojo.strategies import Islands
from kerneldojo.strategies.diversity import distance, good_and_different
from tests.strategies.simulated import climber, explored, gambler


def member(number: int, reward: float | None, source: str | None) -> Turn:
    [turn] = explored(Islands(islands=1, generations=1), climber(1))[0]
    record = turn.record.model_copy(update={"number": number, "reward": reward})
    return Turn(record, Solution(source=source, language=Language.TRITON) if source else None)


def numbers(turns: list[Turn]) -> list[int]:
    return [turn.number for turn in turns]


A, B, C = member(0, 4.0, "a b c d e"), member(1, 3.0, "a b c d x"), member(2, 1.0, "p q r s t")


def test_distance_is_jaccards_over_runs_of_three_tokens() -> None:
    assert distance("a b c d", "a b c d") == 0
    assert distance("a b c d", "a  b\n c\td") == 0, "layout does not count"
    assert distance("a b c d", "w x y z") == 1
    # {abc, bcd, cde} and {abc, bcd, cdx}: two of four in common
    assert distance("a b c d e", "a b c d x") == pytest.approx(0.5)
    assert distance("x+y", "x + y") == 0
    assert distance("a b", "a b") == 0
    assert distance("", "") == 0
    assert distance("", "a") == 1


def test_good_and_different() -> None:
    assert numbers(good_and_different([C, B, A], 2, 0.0)) == [0, 1]
    # after A, B has 0.5 · 3/4 + 0.5 · 0.5 and C has 0.5 · 1/4 + 0.5 · 1: both 0.625
    assert numbers(good_and_different([C, B, A], 2, 0.5)) == [0, 2]
    assert numbers(good_and_different([B, C], 1, 0.8, [A])) == [2]
    assert numbers(good_and_different([B, C], 5, 0.3)) == [1, 2]
    assert good_and_different([], 3, 0.5) == []


def test_a_population_keeps_the_good_and_the_different() -> None:
    islands = Islands(size=2, diversity=0.9)
    assert numbers(islands._settled([A, B], C)) == [0, 2]
    assert numbers(Islands(size=2, diversity=0.0)._settled([A, B], C)) == [0, 1]


def test_who_may_not_settle() -> None:
    islands = Islands()
    assert islands._settled([A], member(5, None, "z z z z")) == [A]
    assert islands._settled([A], member(6, 0.0, None)) == [A]
    assert islands._settled([A], member(7, 9.0, "a b c d e")) == [A]


def test_the_best_of_each_island_also_settles_on_the_next() -> None:
    moved = Islands()._migrated([[A, C], [], [B]])
    assert [numbers(each) for each in moved] == [[0, 2, 1], [0], [1]]


def test_inspirations_come_before_the_parent() -> None:
    islands = Islands(inspirations=2, diversity=0.0)
    assert numbers(islands._shown([A, B, C], B)) == [2, 0, 1]
    assert numbers(Islands(inspirations=0)._shown([A, B, C], B)) == [1]
    assert islands._shown([A, B], None) == []


def test_islands_see_nothing_of_one_another_before_they_meet() -> None:
    turns, _ = explored(Islands(islands=2, generations=5, migrate=3), climber(0.5), seed=2)
    home = {turn.number: turn.record.place.split(",")[0] for turn in turns}
    foreign = {
        turn.record.place.partition("generation ")[2]
        for turn in turns
        if any(home[number] != home[turn.number] for number in turn.record.context)
    }
    assert foreign
    assert foreign <= {"4", "5"}
    apart, _ = explored(Islands(islands=2, generations=5, migrate=0), climber(0.5), seed=2)
    for turn in apart:
        assert {home[number] for number in turn.record.context} <= {home[turn.number]}


def test_parents_are_drawn_by_rank() -> None:
    import random

    chance, islands = random.Random(5), Islands()
    drawn = [islands._parent([C, A, B], chance) for _ in range(6000)]
    shares = [sum(turn is one for turn in drawn) / 6000 for one in (A, B, C)]
    # 1 : 1/2 : 1/3; the standard error is below 0.0065
    assert shares == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=0.02)
    assert islands._parent([], chance) is None


def test_as_many_turns_as_islands_and_generations() -> None:
    turns, _ = explored(Islands(islands=3, generations=4), gambler(0.3))
    assert len({turn.record.place for turn in turns}) == 12


@pytest.mark.parametrize(
    "wrong",
    [{"islands": 0}, {"generations": 0}, {"size": 0}, {"inspirations": -1}, {"diversity": 1.1}],
)
def test_parameters_have_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"islands: {next(iter(wrong))} = "):
        Islands(**wrong)  # type: ignore[arg-type]
