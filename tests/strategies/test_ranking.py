"""What strategies come to with policies of known skill: exact expectations, and who beats whom."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from kerneldojo.dialogue import Rollout, Strategy
from kerneldojo.records import End
from kerneldojo.settings import Budget
from kerneldojo.strategies import Advised, BestOfN, Islands, Particles, Sequential, Tree
from tests.strategies.simulated import (
    Skill,
    best_levels,
    climber,
    creature_of_habit,
    explored,
    gambler,
)

P, TURNS, TRIES = 0.3, 8, 200
CHAINS: list[Strategy] = [
    Rollout(TURNS),
    Sequential(turns=2, iterations=TURNS - 2, keep=1),
    Particles(n=1, rounds=TURNS),
    Tree(turns=TURNS, branching=0.01),
    Islands(islands=1, generations=TURNS, size=1, inspirations=0),
    BestOfN(n=1, refine=TURNS - 1),
]
"""Ways to take one turn after the other, each on the best so far."""


def final(strategy: Strategy, skill: Skill, tries: int = TRIES) -> float:
    """Return the mean of the best level at the end."""
    return fmean(curve[-1] for curve in best_levels(strategy, skill, tries))


@pytest.mark.parametrize("strategy", CHAINS, ids=lambda each: each.name.partition("(")[0])
def test_improvements_on_the_best_add_up(strategy: Strategy) -> None:
    """The best is a Markov chain that goes up with probability p: N·p after N turns."""
    curves = best_levels(strategy, climber(P), TRIES)
    spread = math.sqrt(P * (1 - P) / TRIES)
    for turns in (2, 5, 8):
        reached = fmean(curve[turns - 1] for curve in curves)
        assert reached == pytest.approx(turns * P, abs=3.5 * spread * math.sqrt(turns))


def test_independent_tries_do_not_add_up() -> None:
    """The best of N tries that each come to 1 with probability p is 1 − (1 − p)^N."""
    curves = best_levels(BestOfN(TURNS), climber(P), TRIES)
    for turns in (1, 3, 8):
        expected = 1 - (1 - P) ** turns
        spread = math.sqrt(expected * (1 - expected) / TRIES)
        reached = fmean(curve[turns - 1] for curve in curves)
        assert reached == pytest.approx(expected, abs=3.5 * spread)


def test_cold_particles_climb_as_the_best_of_each_round() -> None:
    """All go on from the best; a round goes up if one of n does: rounds·(1 − (1 − p)^n)."""
    found = final(Particles(n=4, rounds=5, temperature=0.01), climber(P))
    up = 1 - (1 - P) ** 4
    assert found == pytest.approx(5 * up, abs=3.5 * math.sqrt(5 * up * (1 - up) / TRIES))


def test_hot_particles_keep_their_own_chains() -> None:
    """Without selection they are n independent chains; the best of them is the highest of n."""
    found = final(Particles(n=4, rounds=5, temperature=1e9), climber(P))
    below = [
        sum(math.comb(5, up) * P**up * (1 - P) ** (5 - up) for up in range(level + 1)) ** 4
        for level in range(5)
    ]
    assert found == pytest.approx(sum(1 - each for each in below), abs=0.25)


@pytest.mark.parametrize(
    "strategy",
    [
        Rollout(TURNS),
        Sequential(turns=2, iterations=TURNS - 2),
        BestOfN(TURNS),
        Particles(n=2, rounds=TURNS // 2),
        Tree(turns=TURNS, batch=2),
        Islands(islands=2, generations=TURNS // 2),
    ],
    ids=lambda each: each.name.partition("(")[0],
)
def test_where_tries_are_independent_all_strategies_are_alike(strategy: Strategy) -> None:
    expected = 1 - (1 - P) ** TURNS
    spread = math.sqrt(expected * (1 - expected) / TRIES)
    assert final(strategy, gambler(P)) == pytest.approx(expected, abs=3.5 * spread)


def test_where_parents_matter_looking_back_wins() -> None:
    sequential, best_of_n = Sequential(turns=2, iterations=10), BestOfN(12)
    assert final(sequential, climber(P)) > 2 * final(best_of_n, climber(P))


def test_where_looking_back_misleads_independent_tries_win() -> None:
    habit = creature_of_habit(P)
    assert final(BestOfN(12), habit) > 2 * final(Rollout(12), habit)


def test_where_the_last_turn_misleads_the_best_is_worth_keeping() -> None:
    """Turns often fall back to nothing; who sees only good ones climbs, who follows the last
    one does not."""

    def fragile(shown: list[float], chance: random.Random) -> float:
        last = shown[-1] if shown else 0.0
        draw = chance.random()
        return last + 1 if draw < 0.4 else 0.0 if draw < 0.8 else last

    kept = final(Sequential(turns=1, iterations=15, keep=1), fragile)
    assert kept > 1.5 * final(Rollout(16), fragile)


@pytest.mark.parametrize(
    "strategy",
    [
        Rollout(20),
        Sequential(turns=5, iterations=15),
        BestOfN(n=12, refine=8),
        Particles(n=4, rounds=5),
        Tree(turns=20, batch=3),
        Islands(islands=3, generations=7),
        Advised(Tree(turns=20), least=100),
    ],
    ids=lambda each: each.name.partition("(")[0],
)
@pytest.mark.parametrize(
    ("budget", "turns"),
    [
        (Budget(turns=7), range(7, 8)),
        (Budget(evaluations=5), range(5, 9)),
        (Budget(money=6.0), range(6, 13)),
    ],
    ids=["turns", "evaluations", "money"],
)
def test_budgets_end_every_strategy(strategy: Strategy, budget: Budget, turns: range) -> None:
    """Turns are counted when they begin; the rest, for turns begun at once, when they end."""
    taken, end = explored(strategy, climber(P), budget=budget)
    assert end.end is End.BUDGET
    if isinstance(strategy, BestOfN) and budget.turns is None:
        assert len(taken) == 12, "what is begun is finished"
    else:
        assert len(taken) in turns
    assert all(turn.evaluation is not None for turn in taken)


def test_every_place_is_its_own_and_chance_is_the_seeds() -> None:
    for strategy in (Particles(), Tree(turns=12, batch=2), Islands()):
        first, again, other = (
            [
                (turn.record.place, turn.record.context)
                for turn in explored(strategy, skill, seed)[0]
            ]
            for skill, seed in ((climber(P), 1), (climber(P), 1), (climber(P), 2))
        )
        assert first == again
        assert first != other
        assert len({place for place, _ in first}) == len(first)
