"""Tree search: a hand-worked descent, and the shapes that parameters give."""

from __future__ import annotations

import math

import pytest

from kerneldojo.errors import UsageError
from kerneldojo.records import Turn
from kerneldojo.strategies import Tree
from kerneldojo.strategies.tree import _learn, _Node
from tests.strategies.simulated import climber, explored, gambler


def parents(turns: list[Turn]) -> list[int | None]:
    return [turn.record.parent for turn in turns]


def rewarded(turn: Turn, reward: float | None) -> Turn:
    return Turn(turn.record.model_copy(update={"reward": reward}), turn.solution, turn.evaluation)


def test_the_descent_weighs_rewards_and_visits() -> None:
    [turn] = explored(Tree(turns=1), climber(1))[0]
    tree, root = Tree(exploration=0.5, value="mean"), _Node()
    for number, reward in enumerate((1.0, 4.0)):
        root.begun += 1
        root.visits += 1
        _learn([root], f"node {number + 1}", rewarded(turn, reward))
    root.begun, root.visits, root.total = 2, 4, 12.0
    first, second = root.children
    second.visits, second.total = 3, 11.0
    # √(ln 4) = 1.177: first 1/4 + 0.5 · 1.177 = 0.839; second 11/12 + 0.5 · 1.177/√3 = 1.256
    assert tree._promise(first, root, 4.0) == pytest.approx(0.8387, abs=1e-4)
    assert tree._promise(second, root, 4.0) == pytest.approx(1.2565, abs=1e-4)
    best = Tree(exploration=0.5)
    expected = 1 + 0.5 * math.sqrt(math.log(4) / 3)
    assert best._promise(second, root, 4.0) == pytest.approx(expected)
    assert tree._descend(root, 4.0) == [root, second]  # two children are all that four visits allow
    assert (root.visits, second.visits, second.begun) == (5, 4, 1)


def test_a_node_is_worth_the_best_below_it() -> None:
    [turn] = explored(Tree(turns=1), climber(1))[0]
    root = _Node()
    for place, reward in (("node 1", 2.0), ("node 2", 5.0), ("node 3", 1.0)):
        _learn([root], place, rewarded(turn, reward))
    _learn([root, root.children[2]], "node 3.1", rewarded(turn, 6.0))
    assert [node.best for node in (root, *root.children)] == [6.0, 2.0, 5.0, 6.0]
    assert [node.total for node in (root, *root.children)] == [14.0, 2.0, 5.0, 7.0]


def test_a_turn_without_reward_leaves_no_trace_but_its_name() -> None:
    [turn] = explored(Tree(turns=1), climber(1))[0]
    tree, root = Tree(), _Node()
    path = tree._descend(root, 0.0)
    assert path[-1].next_place() == "node 1"
    _learn(path, "node 1", rewarded(turn, None))
    assert (root.visits, root.begun, root.total, root.children) == (0, 0, 0.0, [])
    assert root.next_place() == "node 2"


def test_all_turns_lost_is_no_endless_search() -> None:
    turns, _ = explored(Tree(turns=5, batch=2), lambda shown, chance: None)
    assert [turn.record.place for turn in turns] == [f"node {number}" for number in range(1, 6)]


def test_a_turn_sees_the_way_to_it() -> None:
    turns, _ = explored(Tree(turns=12), climber(0.5), seed=4)
    for turn in turns:
        names = turn.record.place.removeprefix("node ").split(".")
        places = ["node " + ".".join(names[:count]) for count in range(1, len(names))]
        assert [turns[number].record.place for number in turn.record.context] == places


def test_a_narrow_tree_is_a_chain_and_a_broad_one_a_star() -> None:
    chain, _ = explored(Tree(turns=6, branching=0.01), gambler(0.5))
    assert parents(chain) == [None, 0, 1, 2, 3, 4]
    star, _ = explored(Tree(turns=6, branching=6), gambler(0.5))
    assert parents(star)[:6] == [None] * 6


def test_leaves_of_a_batch_differ() -> None:
    turns, _ = explored(Tree(turns=9, batch=3, branching=1.5), climber(0.5))
    assert len(turns) == 9
    later = parents(turns)[3:6]
    assert len(set(later)) > 1, "virtual visits lead elsewhere"


def test_exploration_reaches_what_greed_does_not() -> None:
    """The first idea pays 1 and so does all that follows from it; the others lead from 0.5 to 5."""

    def best(exploration: float) -> float:
        first = iter([1.0])

        def skill(shown: list[float], chance: object) -> float:
            if not shown:
                return next(first, 0.5)
            return 1.0 if shown[0] == 1.0 else 5.0

        turns, _ = explored(Tree(turns=14, exploration=exploration), skill)
        return max(turn.reward or 0 for turn in turns)

    assert best(0.0) == 1.0
    assert best(1.0) == 5.0


@pytest.mark.parametrize(
    "wrong",
    [{"turns": 0}, {"batch": 0}, {"exploration": -1}, {"branching": math.nan}, {"value": "worst"}],
)
def test_parameters_have_limits(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError, match=f"tree: {next(iter(wrong))} = "):
        Tree(**wrong)  # type: ignore[arg-type]
