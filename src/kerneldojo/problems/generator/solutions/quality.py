"""One solution of a program, of the quality that is asked for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kerneldojo.problems.generator.program import Program
from kerneldojo.problems.generator.solutions.hacks import HACKS, render_hack
from kerneldojo.problems.generator.solutions.mistakes import render_wrong_triton
from kerneldojo.problems.generator.solutions.partly_fused import cuts, render_partly_fused_triton
from kerneldojo.problems.generator.triton_source import (
    lazy_places,
    render_fused_triton,
    render_lazy_triton,
)


class Quality(StrEnum):
    """How good a solution is."""

    FUSED = "fused"
    """One kernel computes everything."""
    PARTLY = "partly"
    """PyTorch begins, one kernel does the rest."""
    LAZY = "lazy"
    """One activation is computed in a kernel, the rest by PyTorch."""
    WRONG = "wrong"
    """An honest mistake."""
    HACK = "hack"
    """PyTorch computes the answer, and it looks as if a kernel did."""


@dataclass(frozen=True)
class Rendering:
    """A solution, and what it is."""

    source: str
    quality: Quality
    kind: str = ""
    """Which mistake or hack."""


_INSTEAD: Mapping[Quality, tuple[Quality, ...]] = {
    Quality.FUSED: (Quality.FUSED, Quality.PARTLY, Quality.LAZY),
    Quality.PARTLY: (Quality.PARTLY, Quality.FUSED, Quality.LAZY),
    Quality.LAZY: (Quality.LAZY, Quality.PARTLY, Quality.FUSED),
    Quality.WRONG: (Quality.WRONG,),
    Quality.HACK: (Quality.HACK,),
}
"""What is rendered where a program has no solution of a quality, the first that there is."""


def is_solvable(program: Program) -> bool:
    """Whether an honest solution can be rendered: for all but bare matrix products."""
    return bool(lazy_places(program) or cuts(program) or render_fused_triton(program))


def render_solution(program: Program, quality: Quality, chance: random.Random) -> Rendering | None:
    """Return a solution of a quality, or of the nearest one that the program has.

    None if nothing honest can be rendered (see `is_solvable`), or no mistake be made.

    Args:
        program: what is to be computed.
        quality: what is asked for.
        chance: decides where there is a choice: which operator, which mistake, which hack.
    """
    if not is_solvable(program):
        return None
    for each in _INSTEAD[quality]:
        smallest = each is not quality and quality is Quality.LAZY
        if (found := _render(program, each, chance, smallest=smallest)) is not None:
            return found
    return None


def _render(
    program: Program, quality: Quality, chance: random.Random, *, smallest: bool
) -> Rendering | None:
    """Return a solution of this very quality; with as little in a kernel as can be, if asked."""
    source, kind = None, ""
    match quality:
        case Quality.FUSED:
            source = render_fused_triton(program)
        case Quality.PARTLY:
            places = cuts(program)[-1:] if smallest else cuts(program)
            source = render_partly_fused_triton(program, chance.choice(places) if places else None)
        case Quality.LAZY:
            places = lazy_places(program)
            source = render_lazy_triton(program, chance.choice(places) if places else None)
        case Quality.WRONG:
            mistaken = render_wrong_triton(program, chance)
            if mistaken is not None:
                source, kind = mistaken
        case Quality.HACK:
            kind = chance.choice(list(HACKS))
            source = render_hack(program, kind)
    return None if source is None else Rendering(source, quality, kind)
