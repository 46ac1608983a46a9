"""Tree search: which turn to go on from is a bandit's question (UCT)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kerneldojo.dialogue import Dialogue
from kerneldojo.errors import UsageError
from kerneldojo.records import End, Turn
from kerneldojo.strategies.parameters import Parameters

Value = Literal["best", "mean"]


@dataclass
class _Node:
    """A turn with what led to it; the root is the problem itself."""

    place: str = ""
    chain: tuple[Turn, ...] = ()
    children: list[_Node] = field(default_factory=list)
    begun: int = 0
    """Children, those under way included."""
    named: int = 0
    """Children that were ever begun; a turn lost to a fault of ours has used its name up."""
    visits: int = 0
    """Turns here and below, those under way included."""
    total: float = 0.0
    """Sum of their rewards."""
    best: float = 0.0
    """The highest of them."""

    def next_place(self) -> str:
        """Return the place of a further child, e.g. `node 1.3` for the third of `node 1`."""
        self.named += 1
        return f"{self.place}.{self.named}" if self.place else f"node {self.named}"


@dataclass(frozen=True)
class Tree(Parameters):
    """UCT over turns: descend to where the rewards are high or little is known, take a turn there.

    A turn sees the chain of turns that leads to it. The value of a node is the highest reward of
    the turns at and below it, as a share of the highest of all: what is sought is one good
    solution, and a turn that breaks what it was given does not make it worse. With their mean it
    is UCT as published (Kocsis and Szepesvári, *Bandit based Monte-Carlo Planning*, 2006). As a
    model can always say something new, a node of v visits gets at most ⌊branching·√v⌋ children,
    at least one, before the search goes deeper (progressive widening; Coulom, *Computing Elo
    ratings of move patterns*, 2007).

    Args:
        turns: turns in all.
        exploration: weight of √(ln visits of the parent ÷ own visits); 0 never looks aside.
        branching: how fast nodes widen; high values make a broad, flat tree.
        batch: leaves at once. Those under way count as visits without reward, which leads the
            next ones elsewhere.
        value: `best` or `mean` of the rewards at and below a node.

    Raises:
        UsageError: if a parameter is out of range.
    """

    kind: ClassVar[str] = "tree"
    turns: int = 16
    exploration: float = 0.3
    branching: float = 1.0
    batch: int = 1
    value: Value = "best"

    def __post_init__(self) -> None:
        self._at_least(1, "turns", "batch")
        self._at_least(0, "exploration")
        self._positive("branching")
        if self.value not in ("best", "mean"):
            raise UsageError(f"tree: value = {self.value!r}; allowed are 'best' and 'mean'.")

    async def explore(self, dialogue: Dialogue) -> End:
        """Grow the tree batch by batch."""
        root, highest, taken = _Node(), 0.0, 0
        while taken < self.turns:
            paths = [
                self._descend(root, highest) for _ in range(min(self.batch, self.turns - taken))
            ]
            places = [path[-1].next_place() for path in paths]
            turns = await dialogue.together(
                dialogue.turn(
                    place,
                    show=path[-1].chain,
                    parent=path[-1].chain[-1] if path[-1].chain else None,
                )
                for path, place in zip(paths, places, strict=True)
            )
            for path, place, turn in zip(paths, places, turns, strict=True):
                _learn(path, place, turn)
                highest = max(highest, turn.reward or 0.0)
            taken += len(paths)
        return End.TURNS

    def _descend(self, root: _Node, highest: float) -> list[_Node]:
        """Return the way from the root to the node that gets a child, and count the visit."""
        path = [root]
        while (node := path[-1]).children and node.begun >= self._limit(node):
            path.append(max(node.children, key=lambda child: self._promise(child, node, highest)))
        path[-1].begun += 1
        for node in path:
            node.visits += 1
        return path

    def _limit(self, node: _Node) -> int:
        return max(1, math.floor(self.branching * math.sqrt(node.visits)))

    def _promise(self, child: _Node, parent: _Node, highest: float) -> float:
        worth = child.best if self.value == "best" else child.total / child.visits
        return worth / (highest or 1.0) + self.exploration * math.sqrt(
            math.log(parent.visits) / child.visits
        )


def _learn(path: list[_Node], place: str, turn: Turn) -> None:
    """Enter a finished turn; one without a reward leaves no trace."""
    parent, reward = path[-1], turn.reward
    if reward is None:
        parent.begun -= 1
        for node in path:
            node.visits -= 1
        return
    parent.children.append(_Node(place, (*parent.chain, turn), visits=1, total=reward, best=reward))
    for node in path:
        node.total += reward
        node.best = max(node.best, reward)
