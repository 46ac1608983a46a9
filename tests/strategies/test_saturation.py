"""The saturation model finds again what a curve was made of, and says how sure it is."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import End
from kerneldojo.settings import Budget
from kerneldojo.strategies import Advised, BestOfN, Particles, Saturation, Sequential, saturation
from tests.strategies.simulated import best_levels, climber, explored, gambler


def curve(ceiling: float, chance: float, tries: int) -> list[float]:
    return [ceiling * (1 - (1 - chance) ** n) for n in range(1, tries + 1)]


def fitted(values: list[float], **more: object) -> Saturation:
    found = saturation(values, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("chance", [0.05, 0.2, 0.6, 0.95])
@pytest.mark.parametrize("ceiling", [0.8, 3.0])
def test_an_exact_curve_is_recovered(ceiling: float, chance: float) -> None:
    found = fitted(curve(ceiling, chance, 12), most=10.0)
    assert found.ceiling == pytest.approx(ceiling, rel=1e-4)
    assert found.chance == pytest.approx(chance, rel=1e-4)
    assert found.at(12) == pytest.approx(ceiling * (1 - (1 - chance) ** 12), rel=1e-4)
    assert found.gain_of(3) == pytest.approx(
        ceiling * ((1 - chance) ** 12 - (1 - chance) ** 15), rel=1e-3
    )


def test_independent_tries_give_back_their_chance_and_prize() -> None:
    curves = best_levels(BestOfN(16), gambler(0.15, prize=2.0), tries=200)
    mean = [sum(column) / len(curves) for column in zip(*curves, strict=True)]
    found = fitted(mean, curves=200)
    # the mean of 200 curves is off by at most 0.07 (one standard error) at any number of tries
    assert found.chance == pytest.approx(0.15, abs=0.04)
    assert found.ceiling == pytest.approx(2.0, abs=0.25)


def test_the_interval_holds_what_the_next_try_gains_on_average() -> None:
    chance, held = random.Random(7), 0
    for _ in range(100):
        p, tries = chance.uniform(0.05, 0.5), chance.randint(4, 20)
        curves = [
            list(accumulate((chance.random() < p for _ in range(tries)), max)) for _ in range(40)
        ]
        mean = [sum(column) / 40 for column in zip(*curves, strict=True)]
        found = saturation(mean, most=1.5, curves=40)
        held += found is None or found.low <= p * (1 - p) ** tries <= found.high
    assert held >= 85, "a 90 % interval"


def test_more_tries_make_it_surer() -> None:
    few, many = fitted([1.0] * 3), fitted([1.0] * 12)
    assert few.high - few.low > 3 * (many.high - many.low)
    assert few.gain > many.gain
    assert few.low <= few.gain <= few.high


def test_the_ceiling_is_bounded() -> None:
    line = [0.1 * n for n in range(1, 8)]
    assert fitted(line).ceiling == pytest.approx(1.4)
    assert fitted(line, most=1.0).ceiling == pytest.approx(1.0)
    assert fitted([0.5, 0.9, 1.0], most=0.5).ceiling == 1.0, "never below what was reached"


def test_a_mean_of_many_curves_is_surer_than_one() -> None:
    values = curve(2.0, 0.2, 8)
    one, many = fitted(values, curves=2), fitted(values, curves=200)
    assert one.high - one.low > 2 * (many.high - many.low)
    assert one.chance == many.chance


def test_when_one_more_try_is_not_worth_it() -> None:
    found = fitted(curve(2.0, 0.5, 10))
    # tries gain 1, 0.5, 0.25, 0.125, ...: after three, one more gains 0.125
    assert found.tries_worthwhile(0.2) == 3
    assert found.tries_worthwhile(0.51) == 1
    assert found.tries_worthwhile(1.1) == 0
    assert fitted([1.0] * 30).tries_worthwhile(0.01) == 1
    with pytest.raises(ValueError, match="above 0"):
        found.tries_worthwhile(0.0)


def test_nothing_gained_says_nothing() -> None:
    assert saturation([]) is None
    assert saturation([0.0] * 20) is None


def test_what_is_no_such_curve_is_refused() -> None:
    with pytest.raises(ValueError, match="falls"):
        saturation([1.0, 0.5])


def test_advice_ends_a_search_that_has_come_to_rest() -> None:
    turns, end = explored(Advised(Sequential(3, 40)), climber(0.9, top=2))
    assert end.end is End.ADVICE
    assert 6 <= len(turns) <= 30
    assert "less than 0.02" in end.note
    assert "instead of 2.00" in end.note
    assert explored(Advised(Sequential(3, 40), least=20), climber(0.9, top=2))[0][19:]


def test_no_advice_while_there_is_progress_or_nothing_at_all() -> None:
    turns, end = explored(Advised(Sequential(3, 20)), climber(1.0))
    assert (len(turns), end.end) == (23, End.TURNS)
    turns, end = explored(Advised(Sequential(3, 20)), climber(0.0))
    assert (len(turns), end.end) == (23, End.TURNS)


def test_a_lower_epsilon_goes_on_for_longer() -> None:
    def taken(epsilon: float) -> int:
        strategy = Advised(Sequential(2, 40), epsilon=epsilon)
        return sum(map(len, best_levels(strategy, climber(0.4, top=4), tries=5)))

    assert taken(0.3) < taken(0.05) < taken(0.0005)


def test_advice_works_with_turns_at_once_and_beside_budgets() -> None:
    strategy = Advised(Particles(n=4, rounds=10))
    turns, end = explored(strategy, climber(0.9, top=1))
    assert end.end is End.ADVICE
    assert len(turns) % 4 == 0
    _, end = explored(strategy, climber(0.9, top=1), budget=Budget(turns=5))
    assert end.end is End.BUDGET


def test_masked_turns_are_no_tries() -> None:
    def skill(shown: list[float], chance: random.Random) -> float | None:
        return None if chance.random() < 0.5 else 1.0

    turns, end = explored(Advised(Sequential(2, 60), least=12), skill)
    assert end.end is End.ADVICE
    assert sum(turn.reward is not None for turn in turns) == 12 < len(turns)


@pytest.mark.parametrize("wrong", [{"epsilon": 0.0}, {"least": 0}])
def test_parameters_have_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"advised: {next(iter(wrong))} = "):
        Advised(Sequential(), **wrong)  # type: ignore[arg-type]
