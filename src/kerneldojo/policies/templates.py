"""A policy that answers generated problems with solutions of chosen quality, without a model."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from functools import lru_cache

from kerneldojo.errors import UsageError, did_you_mean
from kerneldojo.policies.base import Topic
from kerneldojo.policies.teacher import Teacher
from kerneldojo.problems.generator.named import Programs, program_named
from kerneldojo.problems.generator.solutions import (
    PLAIN,
    Quality,
    draw_style,
    is_solvable,
    render_solution,
)
from kerneldojo.records import Completion, Language

MIX: Mapping[str, float] = {
    "lazy": 6,
    "lazy-lazy-partly": 2,
    "lazy-partly-fused": 1,
    "wrong-lazy": 4,
    "wrong-wrong-lazy": 2,
    "wrong-fused": 1,
    "hack-lazy": 2,
    "lazy-hack": 1,
    "fused": 1,
}
"""The usual curricula with their weights: mostly lazy, as models are by nature."""

_NAME = "templates"
_NUMBER = re.compile(r"\d+")
_REMEMBERED = 4096


class Templates(Teacher):
    """Answers generated problems, turn after turn, by a script of qualities.

    For each trajectory a curriculum is drawn, such as `wrong-lazy-fused`: its first turn is
    answered wrongly, the second lazily, the third and all further ones by one fused kernel. What
    is said follows from the seed, the problem, the sample and the place; nothing is remembered.

    Args:
        programs: gives the program behind a problem's name; `programs_of(generator)` for
            generators of one's own.
        curricula: weights of the curricula; qualities are joined by `-`.
        seed: another one gives other replies.
        variety: replies differ in names, block sizes and words before the code; without it, all
            are written in one style.

    Raises:
        UsageError: if a quality does not exist, or weights make no sense.
    """

    language = Language.TRITON
    knows_what = "generated problems (`generated/…`), but for bare matrix products"

    def __init__(
        self,
        programs: Programs = program_named,
        *,
        curricula: Mapping[str, float] = MIX,
        seed: int = 0,
        variety: bool = True,
    ) -> None:
        self._scripts = {_script(text): weight for text, weight in curricula.items()}
        weights = list(curricula.values())
        if not all(0 <= weight < math.inf for weight in weights) or not any(weights):
            raise UsageError(
                f"curricula {dict(curricula)}: weights are 0 or more, and one of them above 0."
            )
        self._find = lru_cache(_REMEMBERED)(programs)
        self._seed = seed
        self._variety = variety
        self.name = _name(curricula, seed, variety)

    @classmethod
    def named(cls, words: str) -> Templates:
        """Return the policy that words after `templates:` stand for.

        Args:
            words: curricula with their weights, `seed=7`, `plain`; with commas between them,
                e.g. `lazy=3,wrong-fused,seed=7`. Without curricula, the usual ones.

        Raises:
            UsageError: if a word means nothing.
        """
        curricula: dict[str, float] = {}
        seed, variety = 0, True
        for word in filter(None, (part.strip() for part in words.split(","))):
            key, equals, value = word.partition("=")
            try:
                if key == "plain" and not equals:
                    variety = False
                elif key == "seed":
                    seed = int(value)
                else:
                    curricula[key] = float(value) if equals else 1.0
            except ValueError:
                raise UsageError(f"{_NAME}: {word!r} should end with a number.") from None
        return cls(curricula=curricula or MIX, seed=seed, variety=variety)

    def knows(self, problem: str) -> bool:
        """Return whether a problem is generated, and has an honest solution that can be written."""
        program = self._find(problem)
        return program is not None and is_solvable(program)

    def quality(self, topic: Topic) -> Quality:
        """Return the quality that the script asks for at a topic."""
        chance = random.Random(f"{self._seed}/{topic.problem}/{topic.sample}")
        (script,) = chance.choices(list(self._scripts), list(self._scripts.values()))
        return script[min(_turn(topic.place), len(script) - 1)]

    def reply(self, topic: Topic) -> Completion:
        """Return the solution due at a topic.

        Raises:
            PolicyRefused: if the problem is not generated, or a bare matrix product.
        """
        program = self._find(topic.problem)
        chance = random.Random(f"{self._seed}/{topic.problem}/{topic.sample}/{topic.place}")
        found = render_solution(program, self.quality(topic), chance) if program else None
        if found is None:
            raise self._lost(topic.problem)
        style = draw_style(chance) if self._variety else PLAIN
        model = "/".join(filter(None, (_NAME, found.quality, found.kind)))
        return self._said(style.dress(found.source), model, style.words)


def _turn(place: str) -> int:
    """Return the how-manieth turn a place is, from 0, by the last number in its name."""
    numbers = _NUMBER.findall(place)
    return max(int(numbers[-1]) - 1, 0) if numbers else 0


def _script(text: str) -> tuple[Quality, ...]:
    script = []
    for word in text.split("-"):
        try:
            script.append(Quality(word.strip()))
        except ValueError:
            known = [*map(str, Quality)]
            raise UsageError(
                f"{_NAME}: {text!r} is no curriculum: there is no quality {word!r}."
                f"{did_you_mean(word, known)} Qualities are {', '.join(known)}, joined by `-`."
            ) from None
    return tuple(script)


def _name(curricula: Mapping[str, float], seed: int, variety: bool) -> str:
    """Return the name by which `Templates.named` gives the same replies."""
    words = [] if curricula == MIX else [f"{text}={weight:g}" for text, weight in curricula.items()]
    words += [f"seed={seed}"] if seed else []
    words += [] if variety else ["plain"]
    return f"{_NAME}:{','.join(words)}" if words else _NAME
