"""Strategies by name."""

from __future__ import annotations

import pytest

from kerneldojo.dialogue import Rollout, Strategy
from kerneldojo.errors import UsageError
from kerneldojo.strategies import (
    KINDS,
    PRESETS,
    Advised,
    BestOfN,
    Islands,
    Particles,
    Sequential,
    Tree,
    parse_strategy,
)

EXAMPLES: list[Strategy] = [
    Rollout(turns=4),
    Sequential(),
    BestOfN(n=3, refine=2),
    Particles(n=2, temperature=0.25, resampling="multinomial"),
    Tree(exploration=1.25, batch=3),
    Islands(migrate=0),
    Advised(Sequential.released(), epsilon=0.125),
    Advised(Advised(Tree())),
]


@pytest.mark.parametrize("strategy", EXAMPLES, ids=lambda each: each.name)
def test_a_name_is_read_back(strategy: Strategy) -> None:
    assert parse_strategy(strategy.name) == strategy


def test_every_kind_has_an_example() -> None:
    assert {each.name.partition("(")[0] for each in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize(
    ("text", "strategy"),
    [
        ("sequential", Sequential()),
        (" tree() ", Tree()),
        ("particles(3, rounds=2)", Particles(n=3, rounds=2)),
        ("particles(temperature=1)", Particles(temperature=1.0)),
        ("advised(stts, 0.1)", Advised(Sequential.released(), epsilon=0.1)),
        ("stts", Sequential.released()),
    ],
)
def test_short_forms(text: str, strategy: Strategy) -> None:
    assert parse_strategy(text).name == strategy.name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sequental(turns=3)", "there is no strategy 'sequental'. Did you mean 'sequential'?"),
        ("sequential(turn=3)", "has no parameter 'turn'. Did you mean 'turns'?"),
        ("sequential(kind='x')", "has no parameter 'kind'"),
        ("sequential(turns=0)", "turns = 0; it has to be 1 or more"),
        ("sequential(turns=2.5)", "turns = 2.5; it takes a whole number"),
        ("sequential(turns=True)", "turns = True; it takes a whole number"),
        ("sequential(turns=tree)", r"turns = tree\(.*; it takes a whole number"),
        ("tree(exploration='much')", "exploration = 'much'; it takes a number"),
        ("particles(resampling='some')", "'some'; it takes one of 'systematic', 'multinomial'"),
        ("advised(3)", "strategy = 3; it takes a strategy"),
        ("advised", "needs its parameter 'strategy'"),
        ("best_of_n(1, 2, 3)", "has 2 parameters, not 3"),
        ("best_of_n(1, n=2)", "n is given twice"),
        ("tree(turns=1, **{})", "each parameter is given once"),
        ("stts(turns=3)", "takes no parameters: it is sequential"),
        ("tree(turns=__import__('os'))", "there is no strategy '__import__'"),
        ("tree(turns=1+1j)", "it takes a whole number"),
        ("tree(turns=[x for x in y])", "is not a value"),
        ("tree(", "does not name a strategy"),
        ("", "does not name a strategy"),
        ("3", "does not name a strategy"),
        ("a.b()", "does not name a strategy"),
    ],
)
def test_mistakes_are_explained(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(turn", r"\(turn").replace("?", r"\?")):
        parse_strategy(text)


def test_presets_are_strategies() -> None:
    assert all(parse_strategy(each.name) == each for each in PRESETS.values())


def test_equal_strategies_have_equal_names() -> None:
    whole, broken = Tree(exploration=1, branching=2), Tree(exploration=1.0, branching=2.0)
    assert whole == broken
    assert whole.name == broken.name == parse_strategy(whole.name).name
