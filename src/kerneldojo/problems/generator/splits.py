"""Generators: numbered problems without duplicates, split by structure."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from kerneldojo.errors import ProblemNotFound, UsageError, did_you_mean
from kerneldojo.problems.generator.draw import draw_program
from kerneldojo.problems.generator.grammar import MINI, STANDARD, TINY, VERSION, Grammar
from kerneldojo.problems.generator.layout import Layout
from kerneldojo.problems.generator.problem_source import render_problem
from kerneldojo.problems.generator.program import Precision, Program
from kerneldojo.records import Problem

Part = Literal["train", "test"]

HELD_OUT = frozenset(
    {
        ("add", "gelu"),
        ("layer_norm", "silu"),
        ("linear", "relu"),
        ("linear", "mul"),
        ("matmul", "silu"),
        ("mean_centre", "square"),
        ("mul", "softmax"),
        ("rms_norm", "mul"),
        ("silu", "mean"),
        ("softmax", "mul"),
        ("sub", "tanh"),
        ("where", "relu"),
    }
)
"""Operators that never follow one another in training: structures with such a pair are tests."""

_TEST_SHARE = 20
"""One structure in so many is a test, besides those with a held-out pair."""
_MOST_ATTEMPTS = 400
"""Draws without anything new after which a grammar counts as exhausted."""
_KEPT = 4096


def part_of(program: Program) -> Part:
    """Return the side of the split a program's structure belongs to, in every grammar."""
    if program.pairs & HELD_OUT:
        return "test"
    digest = hashlib.blake2b(program.structure.encode(), digest_size=8).digest()
    return "test" if int.from_bytes(digest, "big") % _TEST_SHARE == 0 else "train"


@dataclass
class _Flavour:
    """All programs of one layout and precision: found one after another, none twice."""

    layout: Layout
    precision: Precision
    label: str
    attempts: list[int] = field(default_factory=list)
    """Which draws the problems are."""
    seen: set[str] = field(default_factory=set)
    tried: int = 0


class Generator:
    """An endless, numbered, reproducible source of problems without duplicates.

    Two problems of a generator differ in their structure, or in layout or precision. A problem
    depends on its number, the grammar, the seed and the part only. The first access to a number
    draws all smaller numbers of the same layout and precision as well, at most a few seconds'
    work.

    Args:
        grammar: what to draw from.
        seed: another seed gives other problems.
        part: `train` or `test` keeps to structures of that side; None takes both.
        label: what stands between `generated/` and the number in names.
    """

    def __init__(
        self,
        grammar: Grammar = STANDARD,
        seed: int = 0,
        part: Part | None = None,
        label: str | None = None,
    ) -> None:
        self.grammar = grammar
        self.part = part
        self.label = label or f"{grammar.name}-{seed}" + (f"-{part}" if part else "")
        self._seed = f"{VERSION}/{grammar.name}/{seed}"
        self._flavours = {
            (layout, precision): _Flavour(layout, precision, f"{number}/{precision}")
            for number, layout in enumerate(grammar.layouts)
            for precision, weight in grammar.precisions.items()
            if weight
        }
        self._schedule = self._round()
        self._recent: OrderedDict[tuple[str, int], Program] = OrderedDict()

    def program(self, index: int) -> Program:
        """Return a program by number.

        Raises:
            UsageError: if the number is negative, or the grammar has no more structures to offer.
        """
        if index < 0:
            raise UsageError(f"problem numbers begin at 0; {index} was asked for")
        lap, place = divmod(index, len(self._schedule))
        flavour, rank, share = self._schedule[place]
        number = lap * share + rank
        while len(flavour.attempts) <= number:
            self._find(flavour, index)
        key = (flavour.label, number)
        if key not in self._recent:
            program = self._draw(flavour, flavour.attempts[number])
            assert program is not None  # it was sound when it was found
            self._remember(key, program)
        return self._recent[key]

    def problem(self, index: int) -> Problem:
        """Return a problem by number; raises as `program` does."""
        program = self.program(index)
        tags = ("held-out-pair",) if program.pairs & HELD_OUT else ()
        return render_problem(
            program, f"generated/{self.label}/{index}", self.grammar.workloads, tags
        )

    def problems(self, numbers: range) -> Iterator[Problem]:
        """Yield problems in order; raises as `program` does."""
        return map(self.problem, numbers)

    def _round(self) -> list[tuple[_Flavour, int, int]]:
        """Return whose turn it is in one round, and the how-manieth of how many in the round."""
        precisions = [
            precision for precision, count in self.grammar.precisions.items() for _ in range(count)
        ]
        turns = []
        for number, precision in enumerate(precisions):
            rank = precisions[:number].count(precision)
            share = self.grammar.precisions[precision]
            turns += [
                (self._flavours[layout, precision], rank, share) for layout in self.grammar.layouts
            ]
        # Neighbouring numbers should differ in their types too: a fixed stride mixes them.
        stride = next(step for step in range(7, len(turns) + 8) if _coprime(step, len(turns)))
        order = [place * stride % len(turns) for place in range(len(turns))]
        return [turns[place] for place in order]

    def _find(self, flavour: _Flavour, index: int) -> None:
        """Draw until a flavour has one more program."""
        for _ in range(_MOST_ATTEMPTS):
            attempt, flavour.tried = flavour.tried, flavour.tried + 1
            program = self._draw(flavour, attempt, lambda program: self._is_new(flavour, program))
            if program is None:
                continue
            flavour.seen.add(program.structure)
            self._remember((flavour.label, len(flavour.attempts)), program)
            flavour.attempts.append(attempt)
            return
        raise UsageError(
            f"the grammar {self.grammar.name!r} has no problem number {index}: "
            f"{_MOST_ATTEMPTS} draws in a row brought nothing new"
        )

    def _is_new(self, flavour: _Flavour, program: Program) -> bool:
        if program.structure in flavour.seen:
            return False
        return self.part is None or part_of(program) == self.part

    def _draw(
        self,
        flavour: _Flavour,
        attempt: int,
        wanted: Callable[[Program], bool] = lambda program: True,
    ) -> Program | None:
        seed = f"{self._seed}/{flavour.label}/{attempt}"
        return draw_program(self.grammar, flavour.layout, flavour.precision, seed, wanted)

    def _remember(self, key: tuple[str, int], program: Program) -> None:
        self._recent[key] = program
        if len(self._recent) > _KEPT:
            self._recent.popitem(last=False)


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1


_SPLITS: dict[str, tuple[Grammar, Part, int]] = {
    "train": (STANDARD, "train", 100_000),
    "test": (STANDARD, "test", 2_000),
    "tiny-train": (TINY, "train", 4_000),
    "tiny-test": (TINY, "test", 400),
    "mini-train": (MINI, "train", 20_000),
    "mini-test": (MINI, "test", 200),
}
_generators: dict[str, Generator] = {}


def splits() -> list[str]:
    """Return the names of the splits."""
    return list(_SPLITS)


def population(split: str) -> int:
    """Return how many problems a split has.

    Raises:
        ProblemNotFound: if there is no such split.
    """
    return _known(split)[2]


def generate(split: str, index: int) -> Problem:
    """Return problem `generated/<split>/<index>`.

    Raises:
        ProblemNotFound: if there is no such split, or it has no such number.
    """
    return _generator(split, index).problem(index)


def generate_many(split: str, numbers: range) -> Iterator[Problem]:
    """Yield problems of a split in order; raises as `generate` does, before the first one."""
    for end in (numbers[0], numbers[-1]) if numbers else ():
        _generator(split, end)
    return (generate(split, index) for index in numbers)


def generate_program(split: str, index: int) -> Program:
    """Return the program behind `generated/<split>/<index>`; raises as `generate` does."""
    return _generator(split, index).program(index)


def _known(split: str) -> tuple[Grammar, Part, int]:
    if split not in _SPLITS:
        hint = did_you_mean(split, splits())
        raise ProblemNotFound(f"no split named {split!r}; there are {', '.join(_SPLITS)}.{hint}")
    return _SPLITS[split]


def _generator(split: str, index: int) -> Generator:
    grammar, part, count = _known(split)
    if not 0 <= index < count:
        raise ProblemNotFound(f"generated/{split} has the numbers 0 to {count - 1}, not {index}")
    if split not in _generators:
        _generators[split] = Generator(grammar, part=part, label=split)
    return _generators[split]
