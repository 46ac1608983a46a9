"""Particle filtering: weights and draws worked out by hand, and what they do to chains."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from itertools import pairwise

import pytest

from kerneldojo.dialogue import Dialogue
from kerneldojo.errors import UsageError
from kerneldojo.records import Turn
from kerneldojo.strategies import Particles
from kerneldojo.strategies.particles import Resampling, draw, weights
from tests.dialogue.talk import code, problem
from tests.strategies.simulated import agreed, climber, explored


def taken(*rewards: float | None) -> list[tuple[Turn, ...]]:
    """Chains of one turn with these rewards; None for an empty chain."""
    [turn] = explored(Particles(n=1, rounds=1), climber(1))[0]
    record = turn.record
    return [
        () if reward is None else (Turn(record.model_copy(update={"reward": reward})),)
        for reward in rewards
    ]


def test_weights_are_the_softmax_of_the_rewards() -> None:
    total = 1 + math.e + math.e**2
    expected = [1 / total, math.e / total, math.e**2 / total]
    assert weights(taken(1.0, 1.5, 2.0), 0.5) == pytest.approx(expected)
    assert weights(taken(0.0, 1000.0), 0.1) == pytest.approx([0.0, 1.0])


def test_an_empty_chain_has_the_mean_weight() -> None:
    assert weights(taken(None, None), 0.5) == [0.5, 0.5]
    assert weights(taken(2.0, None, 2.0, 2.0), 0.5) == pytest.approx([0.25] * 4)
    found = weights(taken(0.0, None, math.log(3)), 1.0)
    assert found == pytest.approx([1 / 6, 2 / 6, 3 / 6])


def test_systematic_resampling_is_within_one_of_expectation() -> None:
    shares = [0.1, 0.45, 0.05, 0.4]
    for seed in range(200):
        counts = Counter(draw(shares, "systematic", random.Random(seed)))
        for number, share in enumerate(shares):
            assert math.floor(4 * share) <= counts[number] <= math.ceil(4 * share)


@pytest.mark.parametrize("resampling", ["systematic", "multinomial"])
def test_draws_are_as_frequent_as_their_weights(resampling: Resampling) -> None:
    shares, chance = [0.1, 0.45, 0.05, 0.4], random.Random(3)
    counts = Counter[int]()
    for _ in range(5000):
        counts.update(draw(shares, resampling, chance))
    for number, share in enumerate(shares):
        # 20,000 draws: the standard error is below 0.0036
        assert counts[number] / 20000 == pytest.approx(share, abs=0.011)


def test_a_particle_sees_its_own_chain_only() -> None:
    turns, _ = explored(Particles(n=3, rounds=4), climber(0.5), seed=1)
    by_number = {turn.number: turn for turn in turns}
    assert len(turns) == 12
    for turn in turns:
        parent = turn.record.parent
        before = by_number[parent].record if parent is not None else None
        expected = (*before.context, before.number) if before else ()
        assert turn.record.context == expected


def test_without_temperature_only_the_best_go_on() -> None:
    for seed in range(10):
        turns, _ = explored(Particles(n=4, rounds=4, temperature=0.01), climber(0.4), seed)
        rounds = [turns[start : start + 4] for start in range(0, 16, 4)]
        for earlier, later in pairwise(rounds):
            best = max(turn.reward or 0 for turn in earlier)
            fit = {turn.number for turn in earlier if turn.reward == best}
            assert {turn.record.parent for turn in later} <= fit


def test_a_masked_turn_leaves_its_particle_where_it_was() -> None:
    lines = {
        "particle 1, round 1": code("correct", 2.0, "a"),
        "particle 2, round 1": code("correct", 2.0, "b"),
        "particle 1, round 2": code("failed"),
        "particle 2, round 2": code("correct", 2.0, "c"),
    }

    class ByPlace:
        name, context_length = "by place", None

        async def complete(self, messages, sampling, *, topic, on_text):  # type: ignore[no-untyped-def]
            from kerneldojo.records import Completion

            return Completion(text=lines.get(topic.place, code("correct", 1.0, topic.place)))

        def count_tokens(self, text: str) -> int:
            return len(text)

        async def close(self) -> None: ...

    given = agreed(climber(1))
    dialogue = Dialogue(problem(), type(given)(ByPlace(), given.evaluator, given.settings))
    asyncio.run(Particles(n=2, rounds=3).explore(dialogue))
    # equal weights: systematic resampling keeps both particles, in order
    contexts = {turn.record.place: turn.record.context for turn in dialogue.turns}
    assert contexts["particle 1, round 3"] == (0,)
    assert contexts["particle 2, round 3"] == (1, 3)


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"rounds": 0}, {"temperature": 0}, {"resampling": "stratified"}]
)
def test_parameters_have_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"particles: {next(iter(wrong))} = "):
        Particles(**wrong)  # type: ignore[arg-type]
