"""Solutions to be judged: an answer is a solution for a problem, as the n-th sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from kerneldojo.errors import UsageError
from kerneldojo.records import Problem, Solution


@dataclass(frozen=True)
class Answer:
    """One solution, and its number among the independent answers to its problem."""

    solution: Solution
    sample: int = 0


class SolutionSource(Protocol):
    """Where answers come from: files, or whatever writes them while the bench runs."""

    def answers(self, problem: Problem) -> Iterable[Answer]:
        """Yield the answers to a problem; none if there is none. Asked once per problem."""
        ...


@dataclass(frozen=True)
class SolutionSet:
    """Answers that are known beforehand."""

    by_problem: Mapping[str, tuple[Answer, ...]]
    """By the problem's name, in order of samples."""
    complaints: tuple[str, ...] = ()
    """What could not be used, and why: for people, one line each."""

    @classmethod
    def of(cls, solutions: Mapping[str, Solution]) -> SolutionSet:
        """Return a set with one sample for each name."""
        return cls({name: (Answer(solution),) for name, solution in solutions.items()})

    def answers(self, problem: Problem) -> Iterable[Answer]:
        """Return the answers to a problem."""
        return self.by_problem.get(problem.name, ())

    def first(self, samples: int) -> SolutionSet:
        """Return the set with at most so many samples of each problem: those numbered lowest.

        Raises:
            UsageError: if `samples` is below 1.
        """
        if samples < 1:
            raise UsageError(f"{samples} samples leave nothing to judge: give 1 or more.")
        kept = {name: answers[:samples] for name, answers in self.by_problem.items()}
        return replace(self, by_problem=kept)

    def __len__(self) -> int:
        return sum(len(answers) for answers in self.by_problem.values())
