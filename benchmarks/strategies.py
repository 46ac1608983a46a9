"""Strategies on simulated policies: how good the best turn is after so many turns.

    python -m benchmarks.strategies [--problems 200] [--turns 8 16 32]

Four policies whose skill is known, from the one for which nothing but the number of tries counts
to the one for which it matters what it is shown. Printed are means over problems with the half
width of their 95 % intervals. Nothing is generated or judged, so this says how strategies spend
turns, not how well a model writes kernels.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from math import sqrt
from statistics import fmean, stdev

from kerneldojo.dialogue import Rollout, Strategy
from kerneldojo.strategies import Advised, BestOfN, Islands, Particles, Sequential, Tree
from tests.strategies.simulated import Skill, best_levels, climber, gambler

LEVELS = 6
"""Most a policy can come to."""


def fragile(improves: float, breaks: float) -> Skill:
    """Builds on the best it is shown, but often breaks it; the likelier, the higher it is."""

    def level(shown: list[float], chance: random.Random) -> float:
        best, draw = max(shown, default=0.0), chance.random()
        if draw < improves * (1 - best / LEVELS):
            return best + 1
        return 0.0 if draw > 1 - breaks else best

    return level


def stubborn(improves: float) -> Skill:
    """A first idea, good or bad, bounds all that can be made of it."""

    def level(shown: list[float], chance: random.Random) -> float:
        if not shown:
            return chance.choice((0.5, 1.0, 1.5, 2.0))
        first = min(one for one in shown) or 0.5
        limit = 3 * min(first, 2.0)
        best = max(shown)
        return min(best + 0.5, limit) if chance.random() < improves else best

    return level


POLICIES: dict[str, Callable[[], Skill]] = {
    "tries are independent, 1 in 10 succeeds": lambda: gambler(0.1, prize=LEVELS),
    "every turn improves the best shown, 1 in 4": lambda: climber(0.25, top=LEVELS),
    "the same, the harder the higher, 4 in 10 break": lambda: fragile(0.5, 0.4),
    "the first idea bounds what follows": lambda: stubborn(0.4),
}


def strategies(turns: int) -> list[Strategy]:
    """Return strategies that take so many turns."""
    wide = 4
    return [
        Rollout(turns),
        Sequential(turns=min(5, turns), iterations=turns - min(5, turns)),
        BestOfN(turns),
        BestOfN(turns // 2, refine=turns - turns // 2),
        Particles(n=wide, rounds=turns // wide),
        Tree(turns=turns),
        Islands(islands=wide, generations=turns // wide),
        Advised(Sequential(turns=min(5, turns), iterations=turns - min(5, turns))),
    ]


def main() -> None:
    """Print one table for each policy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--turns", type=int, nargs="+", default=[8, 16, 32])
    options = parser.parse_args()
    started = time.monotonic()
    for title, skill in POLICIES.items():
        print(f"\n{title} (most possible: {LEVELS})")
        print(f"  {'best after':<18}" + "".join(f"{turns:>18}" for turns in options.turns))
        table = [strategies(turns) for turns in options.turns]
        for row in zip(*table, strict=True):
            cells = []
            for strategy in row:
                curves = best_levels(strategy, skill(), options.problems)
                final = [curve[-1] for curve in curves]
                half = 1.96 * stdev(final) / sqrt(len(final))
                taken = fmean(map(len, curves))
                short = f" ({taken:.0f})" if isinstance(strategy, Advised) else ""
                cells.append(f"{fmean(final):.2f} ± {half:.2f}{short}")
            print(f"  {label(row[0]):<18}" + "".join(f"{cell:>18}" for cell in cells))
    print(
        f"\n{options.problems} problems each; in parentheses the turns that advised ones took on "
        f"average ({time.monotonic() - started:.0f} s)"
    )


def label(strategy: Strategy) -> str:
    """Return a strategy's kind, and what sets it apart from another of the kind."""
    kind = strategy.name.partition("(")[0]
    return f"{kind} + refine" if isinstance(strategy, BestOfN) and strategy.refine else kind


if __name__ == "__main__":
    main()
