"""The programs behind problems, by the problems' names."""

from __future__ import annotations

from collections.abc import Callable

from kerneldojo.problems.generator.program import Program
from kerneldojo.problems.generator.splits import Generator, generate_program, population, splits

Programs = Callable[[str], Program | None]
"""Gives the program behind a problem's name; None for problems that are not generated."""


def program_named(name: str) -> Program | None:
    """Return the program behind `generated/<split>/<number>`; None for any other name."""
    label, number = _parsed(name)
    if label not in splits() or not 0 <= number < population(label):
        return None
    return generate_program(label, number)


def programs_of(*generators: Generator) -> Programs:
    """Return what knows the programs of generators, and those of the splits besides."""
    by_label = {generator.label: generator for generator in generators}

    def find(name: str) -> Program | None:
        label, number = _parsed(name)
        if label in by_label and number >= 0:
            return by_label[label].program(number)
        return program_named(name)

    return find


def _parsed(name: str) -> tuple[str, int]:
    """Return label and number of a generated problem's name; -1 if it is none."""
    family, _, rest = name.partition("/")
    label, _, number = rest.rpartition("/")
    known = family == "generated" and number.isascii() and number.isdigit()
    return (label, int(number)) if known else ("", -1)
